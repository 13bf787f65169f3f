using Gal.V1;

namespace Gal.Reporting;

/// <summary>What a run cost the process that drove it.</summary>
/// <param name="Wall">From the process's start to the report.</param>
/// <param name="Work">What that time was spent on; the rest is everything else.</param>
/// <param name="PeakMemoryBytes">Peak resident memory; 0 where it is not known.</param>
public sealed record RunAccount(TimeSpan Wall, IReadOnlyList<WorkTime> Work, long PeakMemoryBytes);
