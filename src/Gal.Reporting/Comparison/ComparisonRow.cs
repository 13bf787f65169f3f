namespace Gal.Reporting.Comparison;

/// <summary>One strategy of a comparison.</summary>
/// <param name="Label">The strategy.</param>
/// <param name="Seeds">The seeds of its runs.</param>
/// <param name="RoundCounts">How many rounds each run trained.</param>
/// <param name="TextAlignment">TXT-ALN of the last rounds; higher is better.</param>
/// <param name="ImageAlignment">IMG-ALN of the last rounds.</param>
/// <param name="OverfitRate">OVF of the last rounds; lower is better.</param>
public sealed record ComparisonRow(string Label, IReadOnlyList<long> Seeds, IReadOnlyList<int> RoundCounts, SeedMean TextAlignment, SeedMean ImageAlignment, SeedMean OverfitRate)
{
    /// <summary>The row as texts, in the order of <see cref="ComparisonTable.Columns"/>.</summary>
    public IReadOnlyList<string> Cells => [Label, $"{TextAlignment}", $"{ImageAlignment}", $"{OverfitRate}", string.Join(", ", RoundCounts), string.Join(", ", Seeds)];
}
