using Gal.ActiveLearning.Directions;
using Gal.ActiveLearning.Evaluation;

namespace Gal.ActiveLearning.Tests.Evaluation;

public sealed class CheckpointEvaluationTests
{
    [Fact]
    public void Of_Images_AveragesAndCountsStrictly()
    {
        var evaluation = CheckpointEvaluation.Of([Image(0.30f, 0.20f, 0.8f), Image(0.20f, 0.30f, 0.6f), Image(0.25f, 0.25f, 0.7f)], seed: 8888);
        Assert.Equal(0.25, evaluation.TextAlignment.Mean, 1e-7);
        Assert.Equal(0.70, evaluation.ImageAlignment.Mean, 1e-7);
        Assert.Equal(1.0 / 3, evaluation.OverfitRate.Mean, 1e-12);
        Assert.Equal(3, evaluation.Images.Count);
    }

    [Fact]
    public void IsOverfitted_Tie_CountsForTheOracleAlone()
    {
        Assert.False(Image(0.25f, 0.25f, 0.5f).IsOverfitted);
        Assert.True(OverfitOracle.IsOverfitted(0.25f, 0.25f));
    }

    [Fact]
    public void Of_BrokenImage_NamesIt()
    {
        var error = Assert.Throws<ArgumentException>(() => CheckpointEvaluation.Of([Image(0.3f, 0.2f, 0.8f), new EvaluatedImage(4, "sha256:x", 8912, float.NaN, 0.1f, 0.2f)], seed: 1));
        Assert.Contains("prompt 4 with seed 8912", error.Message, StringComparison.Ordinal);
    }

    private static EvaluatedImage Image(float prompt, float caption, float reference) => new(0, "sha256:x", 8888, prompt, caption, reference);
}
