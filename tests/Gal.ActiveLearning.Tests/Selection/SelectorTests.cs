using FsCheck;
using FsCheck.Xunit;
using Gal.ActiveLearning.Chance;
using Gal.ActiveLearning.Directions;
using Gal.ActiveLearning.Selection;

namespace Gal.ActiveLearning.Tests.Selection;

public sealed class SelectorTests
{
    [Fact]
    public void Uncertainty_Ties_AreOrderedByAnchorIndex()
    {
        // 3 and 7 of ten overfitted have the same entropy.
        var selected = Selected(Decide(Pools.WithCounts(7, 1, 5, 3, 7), SelectionStrategy.Uncertainty, k: 3));
        Assert.Equal([2, 0, 3], selected.Select(s => s.AnchorIndex));
        Assert.All(selected, s => Assert.Equal(9, s.ImageIndex));
    }

    [Fact]
    public void Uncertainty_FewerThanKUncertain_StopsBeforeSelecting() =>
        Assert.Equal(new RoundDecision.Stop(StopReason.FewerUncertainDirectionsThanK), Decide(Pools.WithCounts(0, 10, 5, 5), SelectionStrategy.Uncertainty, k: 3));

    [Fact]
    public void Uncertainty_ExactlyKUncertain_SelectsThem() =>
        Assert.Equal([1, 3], Selected(Decide(Pools.WithCounts(0, 5, 10, 1), SelectionStrategy.Uncertainty, k: 2)).Select(s => s.AnchorIndex));

    [Fact]
    public void DreamBooth_AnyPool_StopsWithoutAQuery() =>
        Assert.Equal(new RoundDecision.Stop(StopReason.NoQuery), Decide(Pools.WithCounts(5, 5, 5), SelectionStrategy.DreamBooth, k: 1));

    [Theory]
    [InlineData(SelectionStrategy.Random)]
    [InlineData(SelectionStrategy.ClipFeedback)]
    public void OtherStrategies_CertainPool_StillSelect(SelectionStrategy strategy) =>
        Assert.Equal(3, Selected(Decide(Pools.WithCounts(0, 10, 0, 10), strategy, k: 3)).Count);

    [Theory]
    [InlineData(SelectionStrategy.Random)]
    [InlineData(SelectionStrategy.ClipFeedback)]
    public void OtherStrategies_FewerThanKUsableAnchors_Stop(SelectionStrategy strategy)
    {
        var pool = RoundJudgement.Of([Pools.Scores(0, [true, false]), new DirectionScores(1, [float.NaN, float.NaN], [0.1f, 0.1f])], 0.005);
        Assert.Equal(new RoundDecision.Stop(StopReason.PoolExhausted), Decide(pool, strategy, k: 2));
    }

    [Property]
    public bool AnyStrategy_SelectsKDifferentAnchorsOfThePool(NonEmptyArray<NonEmptyArray<bool>> flags, PositiveInt k, SelectionStrategy strategy, bool balance, ulong seed)
    {
        var judgement = Pools.Judged([.. flags.Get.Select(f => f.Get)]);
        return Selector.Decide(judgement, strategy, balance, k.Get, new SplitMix64(seed)) switch
        {
            RoundDecision.Select select => select.Images.Count == k.Get
                && select.Images.Select(s => s.AnchorIndex).Distinct().Count() == k.Get
                && select.Images.All(s => s.ImageIndex >= 0 && s.ImageIndex < judgement.Of(s.AnchorIndex).OverfitFlags.Count)
                && select.Images.All(s => s.LossWeight == (balance ? judgement.Openness : 1.0)),
            RoundDecision.Stop stop => stop.Reason == strategy switch
            {
                SelectionStrategy.DreamBooth => StopReason.NoQuery,
                SelectionStrategy.Uncertainty => StopReason.FewerUncertainDirectionsThanK,
                _ => StopReason.PoolExhausted,
            },
            _ => false,
        };
    }

    [Property]
    public bool Uncertainty_NoneLeftOut_IsMoreUncertainThanTheLeastSelected(NonEmptyArray<NonEmptyArray<bool>> flags, PositiveInt k)
    {
        var judgement = Pools.Judged([.. flags.Get.Select(f => f.Get)]);
        if (Decide(judgement, SelectionStrategy.Uncertainty, k.Get) is not RoundDecision.Select select)
        {
            return judgement.UncertainCount < k.Get;
        }

        var least = select.Images.Min(s => judgement.Of(s.AnchorIndex).Uncertainty);
        return judgement.Directions.Where(d => select.Images.All(s => s.AnchorIndex != d.AnchorIndex)).All(d => d.Uncertainty <= least);
    }

    [Property]
    public bool Random_SameSeed_ChoosesTheSame(NonEmptyArray<NonEmptyArray<bool>> flags, ulong seed)
    {
        var judgement = Pools.Judged([.. flags.Get.Select(f => f.Get)]);
        var (a, b) = (Selector.Decide(judgement, SelectionStrategy.Random, true, 1, new SplitMix64(seed)), Selector.Decide(judgement, SelectionStrategy.Random, true, 1, new SplitMix64(seed)));
        return Selected(a).SequenceEqual(Selected(b));
    }

    [Fact]
    public void Random_ManySeeds_ReachEveryAnchorAndImage()
    {
        var judgement = Pools.WithCounts(0, 5, 10, 3);
        var chosen = Enumerable.Range(0, 2000).SelectMany(s => Selected(Selector.Decide(judgement, SelectionStrategy.Random, false, 2, new SplitMix64((ulong)s)))).ToArray();
        Assert.Equal(40, chosen.Select(c => (c.AnchorIndex, c.ImageIndex)).Distinct().Count());
        Assert.All(chosen.CountBy(c => c.AnchorIndex), a => Assert.InRange(a.Value, 900, 1100));
    }

    private static RoundDecision Decide(RoundJudgement judgement, SelectionStrategy strategy, int k) => Selector.Decide(judgement, strategy, balance: true, k, new SplitMix64(1));

    private static IReadOnlyList<SelectedImage> Selected(RoundDecision decision) => Assert.IsType<RoundDecision.Select>(decision).Images;
}
