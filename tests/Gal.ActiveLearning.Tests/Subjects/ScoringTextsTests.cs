using FsCheck;
using FsCheck.Xunit;
using Gal.ActiveLearning.Subjects;

namespace Gal.ActiveLearning.Tests.Subjects;

public sealed class ScoringTextsTests
{
    [Theory]
    [InlineData("a zq cat on a white background", "zq", "a cat on a white background")]
    [InlineData("a ZQ cat", "zq", "a cat")]
    [InlineData("zq cat", "zq", "cat")]
    [InlineData("a cat of zq", "zq", "a cat of")]
    [InlineData("a zqueen and a jazzq", "zq", "a zqueen and a jazzq")]
    [InlineData("a xxy5syt00 dog xxy5syt00", "xxy5syt00", "a dog")]
    [InlineData("a sks toy cat", "sks toy", "a cat")]
    [InlineData("a  cat", "", "a  cat")]
    [InlineData("a  cat", null, "a  cat")]
    public void WithoutIdentifier_Prompt_LosesWholeWordsOnly(string prompt, string? identifier, string expected) =>
        Assert.Equal(expected, ScoringTexts.WithoutIdentifier(prompt, identifier));

    [Property]
    public bool WithoutIdentifier_Twice_IsTheSame(NonNull<string> prompt) =>
        ScoringTexts.WithoutIdentifier(prompt.Get, "zq") is var once && ScoringTexts.WithoutIdentifier(once, "zq") == once;

    [Theory]
    [InlineData("A cat in watercolor painting style", "in watercolor painting style")]
    [InlineData("a girl in a hat in oil painting style", "in oil painting style")]
    [InlineData("a cat", null)]
    [InlineData("a cat in ", null)]
    [InlineData("inside a house", null)]
    public void StyleText_ReferencePrompt_IsInAndTheWordsAfterTheLastIn(string prompt, string? expected) => Assert.Equal(expected, ScoringTexts.StyleText(prompt));

    [Fact]
    public void NonSoiFromReferences_Object_IsTheSetOfCaptionsWithoutIdentifier() =>
        Assert.Equal(["a cat on the stairs", "a cat"], ScoringTexts.NonSoiFromReferences(SubjectMode.Object, ["a sks cat on the stairs", "a sks cat", "a sks cat on the stairs"], "sks"));

    [Fact]
    public void NonSoiFromReferences_Style_IsTheFirstPromptWhole() =>
        Assert.Equal(["a cat in oil painting style"], ScoringTexts.NonSoiFromReferences(SubjectMode.Style, ["a cat in oil painting style", "a dog in oil painting style"], null));

    [Fact]
    public void EvaluationText_LeavesTheIdentifierOutInObjectModeOnly()
    {
        Assert.Equal("a cat in the park", ScoringTexts.EvaluationText(SubjectMode.Object, "a zq cat in the park", "zq"));
        Assert.Equal("a zq cat", ScoringTexts.EvaluationText(SubjectMode.Style, "a zq cat", "zq"));
    }
}
