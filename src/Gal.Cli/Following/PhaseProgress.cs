namespace Gal.Cli.Following;

/// <summary>How far a phase is, and how long it will still take.</summary>
internal sealed class PhaseProgress(RunPhase phase, TimeProvider time)
{
    private readonly long _started = time.GetTimestamp();
    private long? _firstSeen;
    private int _firstDone;

    /// <summary>The phase.</summary>
    public RunPhase Phase { get; } = phase;

    /// <summary>Steps or images done.</summary>
    public int Done { get; private set; }

    /// <summary>All of them; 0 while unknown.</summary>
    public int Total { get; private set; }

    /// <summary>Jobs ahead in the service's queue.</summary>
    public int QueuePosition { get; private set; }

    /// <summary>Time since the phase began, or all of it once it is finished.</summary>
    public TimeSpan Elapsed => Finished ?? time.GetElapsedTime(_started);

    /// <summary>How long the phase took; null while it goes on.</summary>
    public TimeSpan? Finished { get; private set; }

    /// <summary>Time left at the speed seen so far; null before two reports.</summary>
    public TimeSpan? Left => Finished is null && _firstSeen is { } first && Done > _firstDone
        ? time.GetElapsedTime(first) * ((double)(Total - Done) / (Done - _firstDone))
        : null;

    /// <summary>Seconds a step or image; null before two reports.</summary>
    public double? SecondsPerUnit => _firstSeen is { } first && Done > _firstDone ? time.GetElapsedTime(first).TotalSeconds / (Done - _firstDone) : null;

    /// <summary>Takes a report.</summary>
    public void Report(int done, int total, int queuePosition)
    {
        if (_firstSeen is null)
        {
            _firstSeen = time.GetTimestamp();
            _firstDone = done;
        }
        (Done, Total, QueuePosition) = (done, total, queuePosition);
    }

    /// <summary>Stops the clock.</summary>
    public void Finish()
    {
        Finished ??= time.GetElapsedTime(_started);
        Done = Total;
    }
}
