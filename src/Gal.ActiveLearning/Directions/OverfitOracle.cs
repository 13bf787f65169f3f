namespace Gal.ActiveLearning.Directions;

/// <summary>The oracle O (Eq. 5, 10): has an image collapsed onto the references?</summary>
public static class OverfitOracle
{
    /// <summary>O(x) from F(x, p) and the similarities to every non-SoI text.</summary>
    /// <returns>False only where F(x, p) is larger than all of them. A tie and a NaN count as overfitted.</returns>
    public static bool IsOverfitted(float promptSimilarity, IReadOnlyCollection<float> nonSoiSimilarities) =>
        IsOverfitted(promptSimilarity, HighestNonSoi(nonSoiSimilarities));

    /// <summary>O(x) from F(x, p) and the highest similarity to a non-SoI text.</summary>
    public static bool IsOverfitted(float promptSimilarity, float highestNonSoiSimilarity) => !(promptSimilarity > highestNonSoiSimilarity);

    /// <summary>max over the non-SoI texts of F(x, t); NaN if one of them is.</summary>
    /// <exception cref="ArgumentException">There is no non-SoI text.</exception>
    public static float HighestNonSoi(IReadOnlyCollection<float> nonSoiSimilarities)
    {
        ArgumentNullException.ThrowIfNull(nonSoiSimilarities);
        if (nonSoiSimilarities.Count == 0)
        {
            throw new ArgumentException("There is no non-SoI text to compare with.", nameof(nonSoiSimilarities));
        }

        // Math.Max hands a NaN on; Enumerable.Max would drop it.
        return nonSoiSimilarities.Aggregate(float.NegativeInfinity, Math.Max);
    }
}
