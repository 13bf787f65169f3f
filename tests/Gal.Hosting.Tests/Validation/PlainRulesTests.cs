using Gal.Hosting.Validation;
using Gal.V1;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using ProtoValidate;

namespace Gal.Hosting.Tests.Validation;

public sealed class PlainRulesTests
{
    private static readonly IValidator Validator = MakeValidator();

    [Fact]
    public void AreKept_RoundWithEmbeddings_IsKnown() => Assert.True(PlainRules.AreKept(Round()));

    public static TheoryData<string, IMessage> Broken => new()
    {
        { "no directions", Change(r => r.Directions.Clear()) },
        { "no texts", Change(r => r.NonSoiTexts.Clear()) },
        { "too many texts", Change(r => r.NonSoiTexts.AddRange(Enumerable.Repeat("a", 1025))) },
        { "a text that is too long", Change(r => r.NonSoiTexts[1] = new string('a', 20001)) },
        { "an empty prompt", Change(r => r.Directions[1].Prompt = "") },
        { "no images", Change(r => r.Directions[1].Images = null) },
        { "no source", Change(r => r.Directions[1].Images = new()) },
        { "a negative count", Change(r => r.Directions[0].Images.Embeddings.RowCount = -1) },
        { "no dimension", Change(r => r.Directions[0].Images.Embeddings.Dimension = 0) },
        { "a dimension that is too large", Change(r => r.Directions[0].Images.Embeddings.Dimension = 16385) },
        { "a long model name", Change(r => r.Model = new string('m', 257)) },
        { "a factor over 1", Change(r => r.OpennessFactor = 1.01) },
        { "a factor below 0", Change(r => r.OpennessFactor = -0.01) },
        { "a factor that is no number", Change(r => r.OpennessFactor = double.NaN) },
        { "an artifact's wrong name", new EmbedImagesRequest { Images = { new Image { Artifact = "sha256:1" } } } },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void AreKept_BrokenRule_IsLeftToTheValidator(string what, IMessage message)
    {
        Assert.False(PlainRules.AreKept(message), what);
        Assert.NotEmpty(Validator.Validate(message, failFast: false).Violations);
    }

    [Theory]
    [InlineData(20000, true)]
    [InlineData(20001, false)]
    public void AreKept_TextOfPairs_IsNeverKeptWhereTheValidatorRefusesIt(int length, bool isKept)
    {
        // A pair of chars is one code point.
        var round = Change(r => r.NonSoiTexts[0] = string.Concat(Enumerable.Repeat("😀", length)));

        Assert.Equal(isKept, Validator.Validate(round, failFast: false).Violations.Count == 0);
        Assert.False(PlainRules.AreKept(round));
    }

    private static IValidator MakeValidator()
    {
        var services = new ServiceCollection();
        services.AddProtoValidate();
        return services.BuildServiceProvider().GetRequiredService<IValidator>();
    }

    private static EvaluateDirectionsRequest Change(Action<EvaluateDirectionsRequest> change)
    {
        var round = Round();
        change(round);
        return round;
    }

    private static EvaluateDirectionsRequest Round() => new()
    {
        OpennessFactor = 0.5,
        NonSoiTexts = { "a dog", "" },
        Directions = { Direction("a cat"), Direction("a house") },
    };

    private static DirectionImages Direction(string prompt) =>
        new() { Prompt = prompt, Images = new() { Embeddings = new() { Data = ByteString.CopyFrom(new byte[8]), RowCount = 1, Dimension = 2 } } };
}
