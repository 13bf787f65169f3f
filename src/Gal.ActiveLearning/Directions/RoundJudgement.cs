namespace Gal.ActiveLearning.Directions;

/// <summary>A round's pool after the oracle has looked at it.</summary>
/// <param name="Directions">The anchors still in the pool, in the order given.</param>
/// <param name="Openness">w_r.</param>
/// <param name="Ranking">Anchor indices by U descending, then index ascending.</param>
public sealed record RoundJudgement(IReadOnlyList<DirectionJudgement> Directions, double Openness, IReadOnlyList<int> Ranking)
{
    /// <summary>Anchors with U > 0: seen with both outcomes.</summary>
    public int UncertainCount => Directions.Count(d => d.Uncertainty > 0);

    /// <summary>Judges a pool.</summary>
    /// <param name="pool">Scores of every anchor still in the pool, before the round's selection removes any.</param>
    /// <param name="opennessFactor">λ.</param>
    /// <exception cref="ArgumentException">The pool is empty.</exception>
    public static RoundJudgement Of(IReadOnlyList<DirectionScores> pool, double opennessFactor)
    {
        ArgumentNullException.ThrowIfNull(pool);
        if (pool.Count == 0)
        {
            throw new ArgumentException("The pool has no anchors.", nameof(pool));
        }

        var directions = pool.Select(DirectionJudgement.Of).ToArray();

        // Ties are the norm (N = 10 gives 6 values): order by anchor index, or replays differ.
        var ranking = directions.OrderByDescending(d => d.Uncertainty).ThenBy(d => d.AnchorIndex).Select(d => d.AnchorIndex).ToArray();
        return new RoundJudgement(directions, OpennessOf(directions, opennessFactor), ranking);
    }

    /// <summary>The judgement of one anchor.</summary>
    /// <exception cref="ArgumentException">The anchor is not in the pool.</exception>
    public DirectionJudgement Of(int anchorIndex) =>
        Directions.FirstOrDefault(d => d.AnchorIndex == anchorIndex) ?? throw new ArgumentException($"Anchor {anchorIndex} is not in the pool.", nameof(anchorIndex));

    // w_r = λ · mean U (Eq. 11).
    private static double OpennessOf(DirectionJudgement[] directions, double factor) => factor * (directions.Sum(d => d.Uncertainty) / directions.Length);
}
