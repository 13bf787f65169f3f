using FsCheck;
using FsCheck.Xunit;
using Gal.ActiveLearning.Directions;

namespace Gal.ActiveLearning.Tests.Directions;

public sealed class OverfitOracleTests
{
    [Theory]
    [InlineData(0.31f, 0.30f, false)]
    [InlineData(0.30f, 0.30f, true)]
    [InlineData(0.29f, 0.30f, true)]
    [InlineData(float.NaN, 0.30f, true)]
    [InlineData(0.30f, float.NaN, true)]
    public void IsOverfitted_OneText_FollowsEquationFive(float prompt, float nonSoi, bool expected) => Assert.Equal(expected, OverfitOracle.IsOverfitted(prompt, nonSoi));

    [Fact]
    public void IsOverfitted_SeveralTexts_TheMostSimilarCounts()
    {
        Assert.False(OverfitOracle.IsOverfitted(0.5f, [0.1f, 0.4f, 0.2f]));
        Assert.True(OverfitOracle.IsOverfitted(0.5f, [0.1f, 0.6f, 0.2f]));
        Assert.True(OverfitOracle.IsOverfitted(0.5f, [0.1f, float.NaN, 0.2f]));
    }

    [Property]
    public bool IsOverfitted_AnyOrderOfTexts_IsTheSame(float prompt, NonEmptyArray<float> texts) =>
        OverfitOracle.IsOverfitted(prompt, texts.Get) == OverfitOracle.IsOverfitted(prompt, [.. texts.Get.Reverse()]);

    [Fact]
    public void HighestNonSoi_NoTexts_IsRefused() => Assert.Throws<ArgumentException>(() => OverfitOracle.HighestNonSoi([]));
}
