using Gal.Diffusion.Runtime;

namespace Gal.Diffusion.Tests.Runtime;

public sealed class GlibcxxPatchTests
{
    [Fact]
    public void Apply_Binding_ChangesTheVersionNeedAndTheSymbolAlone()
    {
        if (!OperatingSystem.IsLinux())
        {
            // The binding of other systems is no ELF file: nothing may be changed.
            Assert.False(GlibcxxPatch.Apply(new byte[4096]));
            return;
        }
        var original = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "libLibTorchSharp.so"));
        var patched = (byte[])original.Clone();
        Assert.True(GlibcxxPatch.Apply(patched));
        var changed = Enumerable.Range(0, original.Length).Count(i => original[i] != patched[i]);
        // Two 32-bit fields a version need (one or two libraries have it) and one byte of the symbol.
        Assert.InRange(changed, 2, 17);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(4096)]
    public void Apply_NoElfFile_IsRefused(int length) => Assert.False(GlibcxxPatch.Apply(new byte[length]));
}
