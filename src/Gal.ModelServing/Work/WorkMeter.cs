using System.Diagnostics.Metrics;
using Gal.V1;

namespace Gal.ModelServing.Work;

/// <summary>Instruments of the work that this process does, whichever job it is for: <c>gal.work.duration</c> and <c>gal.work.units</c>, each with the tag <c>gal.work.kind</c>.</summary>
public static class WorkMeter
{
    /// <summary>The meter's name, for listeners and exporters.</summary>
    public const string Name = "Gal.Work";

    /// <summary>Counter of seconds.</summary>
    public const string DurationName = "gal.work.duration";

    /// <summary>Tag whose value is a <see cref="WorkKind"/>.</summary>
    public const string KindTag = "gal.work.kind";

    private static readonly Meter Meter = new(Name);
    private static readonly Counter<double> Durations = Meter.CreateCounter<double>(DurationName, "s", "Wall time spent on a kind of work.");
    private static readonly Counter<long> Units = Meter.CreateCounter<long>("gal.work.units", "{unit}", "Training steps, UNet calls, pictures decoded, pictures and texts embedded.");

    internal static void Add(WorkKind kind, TimeSpan duration, long unitCount)
    {
        var tag = new KeyValuePair<string, object?>(KindTag, kind);
        Durations.Add(duration.TotalSeconds, tag);
        Units.Add(unitCount, tag);
    }
}
