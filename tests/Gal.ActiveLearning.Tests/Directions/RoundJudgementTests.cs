using FsCheck;
using FsCheck.Xunit;
using Gal.ActiveLearning.Directions;

namespace Gal.ActiveLearning.Tests.Directions;

public sealed class RoundJudgementTests
{
    [Property]
    public bool Of_AnyPool_RanksByUncertaintyThenIndex(NonEmptyArray<NonEmptyArray<bool>> flags)
    {
        var judgement = Pools.Judged([.. flags.Get.Select(f => f.Get)]);
        var ranked = judgement.Ranking.Select(judgement.Of).ToArray();
        return judgement.Ranking.Order().SequenceEqual(Enumerable.Range(0, flags.Get.Length))
            && ranked.Zip(ranked.Skip(1)).All(p => p.First.Uncertainty > p.Second.Uncertainty || (p.First.Uncertainty == p.Second.Uncertainty && p.First.AnchorIndex < p.Second.AnchorIndex));
    }

    [Property]
    public bool Of_PoolInAnotherOrder_HasTheSameRankingAndOpenness(NonEmptyArray<NonEmptyArray<bool>> flags)
    {
        DirectionScores[] pool = [.. flags.Get.Select((f, i) => Pools.Scores(i, f.Get))];
        var (forward, backward) = (RoundJudgement.Of(pool, 0.005), RoundJudgement.Of([.. pool.Reverse()], 0.005));
        return forward.Ranking.SequenceEqual(backward.Ranking) && Math.Abs(forward.Openness - backward.Openness) < 1e-15;
    }

    [Property]
    public bool Of_AnyPool_OpennessIsAtMostLambdaLnTwo(NonEmptyArray<NonEmptyArray<bool>> flags) =>
        Pools.Judged([.. flags.Get.Select(f => f.Get)]).Openness is >= 0 and <= 0.003466;

    [Fact]
    public void Of_AllImagesWithNaN_HasNoBestImageAndIsOverfitted()
    {
        var direction = DirectionJudgement.Of(new DirectionScores(3, [float.NaN, 0.4f], [0.1f, float.NaN]));
        Assert.Null(direction.BestImageIndex);
        Assert.Equal(2, direction.OverfitCount);
        Assert.Equal(float.NegativeInfinity, direction.BestSimilarity);
    }

    [Fact]
    public void Of_EqualSimilarities_TheFirstIsBest() =>
        Assert.Equal(1, DirectionJudgement.Of(new DirectionScores(0, [0.2f, 0.5f, 0.5f, 0.1f], [1f, 1f, 1f, 1f])).BestImageIndex);

    [Fact]
    public void Of_DifferentLengths_NamesTheAnchor() =>
        Assert.Contains("Anchor 7 has 2", Assert.Throws<ArgumentException>(() => DirectionJudgement.Of(new DirectionScores(7, [1f, 2f], [1f]))).Message, StringComparison.Ordinal);

    [Fact]
    public void Of_EmptyPool_IsRefused() => Assert.Throws<ArgumentException>(() => RoundJudgement.Of([], 0.005));
}
