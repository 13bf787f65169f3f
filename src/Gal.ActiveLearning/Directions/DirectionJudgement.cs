namespace Gal.ActiveLearning.Directions;

/// <summary>One anchor's direction after the oracle has looked at its images.</summary>
/// <param name="Scores">What it was judged from.</param>
/// <param name="OverfitFlags">O(x_ij), one an image.</param>
/// <param name="Uncertainty">U(p_i), in [0, ln 2].</param>
/// <param name="BestImageIndex">The first image with the highest F(x_ij, p_i), overfitted or not and never one with a NaN; null if all have one.</param>
public sealed record DirectionJudgement(DirectionScores Scores, IReadOnlyList<bool> OverfitFlags, double Uncertainty, int? BestImageIndex)
{
    /// <summary>i.</summary>
    public int AnchorIndex => Scores.AnchorIndex;

    /// <summary>Σ_j O(x_ij).</summary>
    public int OverfitCount => OverfitFlags.Count(f => f);

    /// <summary>F of the best image; negative infinity if there is none.</summary>
    public float BestSimilarity => BestImageIndex is { } j ? Scores.PromptSimilarities[j] : float.NegativeInfinity;

    /// <summary>Judges one direction.</summary>
    /// <exception cref="ArgumentException">No images, or not as many non-SoI as prompt similarities.</exception>
    public static DirectionJudgement Of(DirectionScores scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        var (prompt, nonSoi) = (scores.PromptSimilarities, scores.NonSoiSimilarities);
        if (prompt.Count == 0 || prompt.Count != nonSoi.Count)
        {
            throw new ArgumentException($"Anchor {scores.AnchorIndex} has {prompt.Count} prompt similarities and {nonSoi.Count} non-SoI similarities; it needs as many of each, and at least one.", nameof(scores));
        }

        var flags = prompt.Zip(nonSoi, OverfitOracle.IsOverfitted).ToArray();
        return new DirectionJudgement(scores, flags, Directions.Uncertainty.Of(flags), FindBest(prompt, nonSoi));
    }

    private static int? FindBest(IReadOnlyList<float> prompt, IReadOnlyList<float> nonSoi)
    {
        int? best = null;
        for (var j = 0; j < prompt.Count; j++)
        {
            if (!float.IsNaN(prompt[j]) && !float.IsNaN(nonSoi[j]) && (best is null || prompt[j] > prompt[best.Value]))
            {
                best = j;
            }
        }

        return best;
    }
}
