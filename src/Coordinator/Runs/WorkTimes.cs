using Gal.Coordination.Events;
using Gal.V1;
using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;

namespace Gal.Coordination.Runs;

/// <summary>Sums of time by kind of work.</summary>
internal static class WorkTimes
{
    /// <summary>The contract's times as the domain's.</summary>
    public static IReadOnlyList<TimeSpent> FromProto(IEnumerable<WorkTime> times) => [.. times.Select(t => new TimeSpent(t.Kind, t.Duration?.ToTimeSpan() ?? TimeSpan.Zero, t.UnitCount))];

    /// <summary>Adds times to sums, one sum a kind.</summary>
    public static void Add(RepeatedField<WorkTime> sums, IEnumerable<TimeSpent> times)
    {
        foreach (var time in times)
        {
            var sum = sums.FirstOrDefault(s => s.Kind == time.Kind);
            if (sum is null)
            {
                sums.Add(sum = new WorkTime { Kind = time.Kind, Duration = new Duration() });
            }

            sum.Duration = Duration.FromTimeSpan(sum.Duration.ToTimeSpan() + time.Duration);
            sum.UnitCount += time.UnitCount;
        }
    }
}
