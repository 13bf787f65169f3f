using Gal.Reporting;
using Gal.V1;
using Google.Protobuf.WellKnownTypes;

namespace Gal.Cli.Results;

/// <summary>Where a run's wall time went.</summary>
/// <param name="Wall">From the start of the program to now.</param>
/// <param name="Work">Time on each kind of work, over all services.</param>
/// <param name="PeakMemoryByRound">Peak resident memory of this process in bytes, by round; empty where the services run elsewhere.</param>
internal sealed record TimeAccount(TimeSpan Wall, IReadOnlyDictionary<WorkKind, TimeSpan> Work, IReadOnlyDictionary<int, long> PeakMemoryByRound)
{
    private static readonly (WorkKind Kind, string Name)[] ModelWork =
    [
        (WorkKind.Training, "training"),
        (WorkKind.Denoising, "denoising"),
        (WorkKind.Decoding, "decoding"),
        (WorkKind.Scoring, "scoring"),
    ];

    /// <summary>Work between two looks at a run whose services run elsewhere.</summary>
    /// <param name="now">The work so far.</param>
    /// <param name="before">The work that was done when this process began to follow the run.</param>
    public static IReadOnlyDictionary<WorkKind, TimeSpan> Since(IEnumerable<WorkTime> now, IEnumerable<WorkTime> before)
    {
        var work = Sum(now);
        foreach (var (kind, duration) in Sum(before))
        {
            work[kind] = work.GetValueOrDefault(kind) - duration;
        }
        return work;
    }

    /// <summary>The lines of the account: name, time and share of the wall time; what is not model work comes last, as one.</summary>
    public IReadOnlyList<(string Name, TimeSpan Time, double Share)> Lines
    {
        get
        {
            var lines = ModelWork.Select(work => (work.Name, Time: Work.GetValueOrDefault(work.Kind))).ToList();
            lines.Add(("everything else", Wall - lines.Aggregate(TimeSpan.Zero, (sum, line) => sum + line.Time)));
            return [.. lines.Select(line => (line.Name, line.Time, line.Time / Wall))];
        }
    }

    /// <summary>The same as the report takes it.</summary>
    public RunAccount ToRunAccount() =>
        new(Wall, [.. Work.OrderBy(work => work.Key).Select(work => new WorkTime { Kind = work.Key, Duration = Duration.FromTimeSpan(work.Value) })], PeakMemoryByRound);

    private static Dictionary<WorkKind, TimeSpan> Sum(IEnumerable<WorkTime> times) =>
        times.GroupBy(time => time.Kind).ToDictionary(group => group.Key, group => group.Aggregate(TimeSpan.Zero, (sum, time) => sum + time.Duration.ToTimeSpan()));
}
