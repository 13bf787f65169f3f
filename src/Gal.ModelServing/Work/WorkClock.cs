using System.Collections.Concurrent;
using Gal.V1;
using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;

namespace Gal.ModelServing.Work;

/// <summary>Adds up what a job's time is spent on. Any thread may add.</summary>
public sealed class WorkClock(TimeProvider time)
{
    private readonly ConcurrentDictionary<WorkKind, (TimeSpan Duration, long UnitCount)> _times = new();

    /// <summary>Adds what was measured elsewhere in this process.</summary>
    public void Add(WorkKind kind, TimeSpan duration, long unitCount)
    {
        Sum(kind, duration, unitCount);
        WorkMeter.Add(kind, duration, unitCount);
    }

    /// <summary>Adds what a job had spent before a restart.</summary>
    public void Add(IEnumerable<WorkTime> times)
    {
        foreach (var item in times)
        {
            Sum(item.Kind, item.Duration.ToTimeSpan(), item.UnitCount);
        }
    }

    /// <summary>Measures a piece of work.</summary>
    public T Measure<T>(WorkKind kind, long unitCount, Func<T> work)
    {
        var start = time.GetTimestamp();
        var result = work();
        Add(kind, time.GetElapsedTime(start), unitCount);
        return result;
    }

    /// <summary>Measures a piece of work that waits.</summary>
    public async Task<T> MeasureAsync<T>(WorkKind kind, long unitCount, Func<Task<T>> work)
    {
        var start = time.GetTimestamp();
        var result = await work();
        Add(kind, time.GetElapsedTime(start), unitCount);
        return result;
    }

    /// <summary>Replaces the list by the sums so far, by kind.</summary>
    public void WriteTo(RepeatedField<WorkTime> target)
    {
        target.Clear();
        target.AddRange(_times.OrderBy(t => t.Key).Select(t => new WorkTime { Kind = t.Key, Duration = Duration.FromTimeSpan(t.Value.Duration), UnitCount = t.Value.UnitCount }));
    }

    private void Sum(WorkKind kind, TimeSpan duration, long unitCount) =>
        _times.AddOrUpdate(kind, (duration, unitCount), (_, old) => (old.Duration + duration, old.UnitCount + unitCount));
}
