using Gal.V1;

namespace Gal.Reporting;

/// <summary>What a run cost the process that drove it.</summary>
/// <param name="Wall">From the process's start to the report.</param>
/// <param name="Work">What that time was spent on; the rest is everything else.</param>
/// <param name="PeakMemoryByRound">Peak resident memory in bytes, by round; empty where it is not known.</param>
public sealed record RunAccount(TimeSpan Wall, IReadOnlyList<WorkTime> Work, IReadOnlyDictionary<int, long> PeakMemoryByRound)
{
    private const double Gigabyte = 1e9;

    /// <summary>"peak resident memory 1.07 GB (by round: 0.98, 1.07, 1.07)"; null where it is not known.</summary>
    public string? Memory => PeakMemoryByRound.Count == 0 ? null
        : $"peak resident memory {PeakMemoryByRound.Values.Max() / Gigabyte:F2} GB"
            + (PeakMemoryByRound.Count == 1 ? "" : $" (by round: {string.Join(", ", PeakMemoryByRound.OrderBy(p => p.Key).Select(p => $"{p.Value / Gigabyte:F2}"))})");
}
