using Gal.ActiveLearning.Directions;

namespace Gal.ActiveLearning.Tests;

/// <summary>Pools to decide on.</summary>
internal static class Pools
{
    /// <summary>Scores that give exactly these flags; image j is the more similar the larger j.</summary>
    public static DirectionScores Scores(int anchorIndex, IReadOnlyList<bool> flags) =>
        new(anchorIndex, [.. flags.Select((_, j) => 0.2f + (0.001f * j))], [.. flags.Select(f => f ? 0.9f : 0.1f)]);

    /// <summary>A judged pool with these flags an anchor.</summary>
    public static RoundJudgement Judged(params IReadOnlyList<bool>[] flags) => RoundJudgement.Of([.. flags.Select((f, i) => Scores(i, f))], 0.005);

    /// <summary>A judged pool with so many overfitted of ten images an anchor.</summary>
    public static RoundJudgement WithCounts(params int[] overfitCounts) =>
        Judged([.. overfitCounts.Select(c => Enumerable.Range(0, 10).Select(j => j < c).ToArray())]);
}
