using System.Diagnostics.Metrics;
using Gal.ModelServing.Work;
using Gal.V1;

namespace Gal.Cli.Results;

/// <summary>Adds up the model work that this process does from now on. A job that began in an earlier process counts with what is done of it here.</summary>
internal sealed class WorkTally : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<WorkKind, TimeSpan> _times = [];

    public WorkTally()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument is { Name: WorkMeter.DurationName, Meter.Name: WorkMeter.Name })
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<double>(Add);
        _listener.Start();
    }

    /// <summary>The sums so far.</summary>
    public IReadOnlyDictionary<WorkKind, TimeSpan> Times
    {
        get
        {
            lock (_lock)
            {
                return new Dictionary<WorkKind, TimeSpan>(_times);
            }
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Add(Instrument instrument, double seconds, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        var kind = WorkKind.Unspecified;
        foreach (var (name, value) in tags)
        {
            kind = name == WorkMeter.KindTag && value is WorkKind found ? found : kind;
        }
        lock (_lock)
        {
            _times[kind] = _times.GetValueOrDefault(kind) + TimeSpan.FromSeconds(seconds);
        }
    }
}
