using System.Text;
using FsCheck;
using FsCheck.Xunit;

namespace Gal.Artifacts.Tests;

public sealed class ArtifactIdTests
{
    private const string Abc = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    [Fact]
    public void Of_PublishedVector_IsItsHash() => Assert.Equal(Abc, ArtifactId.Of("abc"u8).ToString());

    [Property]
    public bool Parse_OwnText_IsTheSameName(byte[] content) => ArtifactId.Parse(ArtifactId.Of(content).ToString()) == ArtifactId.Of(content);

    [Theory]
    [InlineData("")]
    [InlineData("sha256:")]
    [InlineData("sha256:../../../../../../etc/passwd")]
    [InlineData("sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD")]
    [InlineData("md5:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f200/5ad")]
    [InlineData("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n")]
    public void Parse_AnythingElse_IsRefused(string text)
    {
        Assert.False(ArtifactId.TryParse(text, out _));
        Assert.Contains("64 lower-case hex digits", Assert.Throws<FormatException>(() => ArtifactId.Parse(text)).Message, StringComparison.Ordinal);
    }

    [Property]
    public bool TryParse_AnyText_IsRefusedOrIsItself(NonNull<string> text) => !ArtifactId.TryParse(text.Get, out var id) || id.ToString() == text.Get;

    [Fact]
    public void Parse_VeryLongText_IsNotRepeatedWhole() =>
        Assert.True(Assert.Throws<FormatException>(() => ArtifactId.Parse(new StringBuilder().Append('x', 100_000).ToString())).Message.Length < 300);

    [Fact]
    public void Hex_NeverSet_IsAnError() => Assert.Throws<InvalidOperationException>(() => default(ArtifactId).Hex);
}
