using Gal.ActiveLearning.Chance;
using Gal.ActiveLearning.Directions;

namespace Gal.ActiveLearning.Selection;

/// <summary>Chooses what the next round trains on, or says why there is none (method.md, steps 8 and 9).</summary>
public static class Selector
{
    /// <summary>Decides a round.</summary>
    /// <param name="judgement">The pool before any anchor leaves it.</param>
    /// <param name="strategy">How to choose.</param>
    /// <param name="balance">Whether the chosen images are weighted with the round's openness instead of 1.</param>
    /// <param name="anchorsPerRound">k, at least 1.</param>
    /// <param name="chance">For <see cref="SelectionStrategy.Random"/> alone; others draw nothing from it.</param>
    public static RoundDecision Decide(RoundJudgement judgement, SelectionStrategy strategy, bool balance, int anchorsPerRound, SplitMix64 chance)
    {
        ArgumentNullException.ThrowIfNull(judgement);
        ArgumentNullException.ThrowIfNull(chance);
        ArgumentOutOfRangeException.ThrowIfLessThan(anchorsPerRound, 1);
        var weight = balance ? judgement.Openness : 1.0;
        return strategy switch
        {
            SelectionStrategy.Uncertainty => MostUncertain(judgement, anchorsPerRound, weight),
            SelectionStrategy.Random => AtRandom(judgement, anchorsPerRound, weight, chance),
            SelectionStrategy.ClipFeedback => MostSimilar(judgement, anchorsPerRound, weight),
            SelectionStrategy.DreamBooth => new RoundDecision.Stop(StopReason.NoQuery),
            _ => throw new ArgumentOutOfRangeException(nameof(strategy), strategy, "There is no such strategy."),
        };
    }

    private static RoundDecision MostUncertain(RoundJudgement judgement, int k, double weight) =>
        judgement.UncertainCount < k
            ? new RoundDecision.Stop(StopReason.FewerUncertainDirectionsThanK)
            : Best(judgement.Ranking.Take(k).Select(judgement.Of), weight); // U > 0: an image was not overfitted, so one has no NaN.

    private static RoundDecision AtRandom(RoundJudgement judgement, int k, double weight, SplitMix64 chance)
    {
        var usable = judgement.Directions.Where(d => d.BestImageIndex is not null).ToArray();
        return usable.Length < k
            ? new RoundDecision.Stop(StopReason.PoolExhausted)
            : new RoundDecision.Select([.. chance.Sample(usable, k).Select(d => new SelectedImage(d.AnchorIndex, AnyUsableImage(d, chance), weight))]);
    }

    private static RoundDecision MostSimilar(RoundJudgement judgement, int k, double weight)
    {
        var usable = judgement.Directions.Where(d => d.BestImageIndex is not null).OrderByDescending(d => d.BestSimilarity).ThenBy(d => d.AnchorIndex).ToArray();
        return usable.Length < k ? new RoundDecision.Stop(StopReason.PoolExhausted) : Best(usable.Take(k), weight);
    }

    private static RoundDecision.Select Best(IEnumerable<DirectionJudgement> directions, double weight) =>
        new([.. directions.Select(d => new SelectedImage(d.AnchorIndex, d.BestImageIndex!.Value, weight))]);

    private static int AnyUsableImage(DirectionJudgement direction, SplitMix64 chance)
    {
        var (prompt, nonSoi) = (direction.Scores.PromptSimilarities, direction.Scores.NonSoiSimilarities);
        var usable = Enumerable.Range(0, prompt.Count).Where(j => !float.IsNaN(prompt[j]) && !float.IsNaN(nonSoi[j])).ToArray();
        return usable[chance.NextInt32(usable.Length)];
    }
}
