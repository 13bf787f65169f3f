using System.Collections.Immutable;
using Gal.ActiveLearning.Runs;
using Gal.Coordination.Events;
using Gal.V1;
using MethodEvent = Gal.ActiveLearning.Runs.RunEvent;

namespace Gal.Coordination.Runs;

/// <summary>What a run's driver must know to go on: the fold over the run's events. The method's part of it is <see cref="RunState"/>.</summary>
internal sealed record DrivenRun
{
    private DrivenRun(string id, RunSettings settings) => (Id, Settings, Method) = (id, settings, RunState.Fold([new MethodEvent.Created(settings.ToPlan())]));

    /// <summary>The last part of the run's name.</summary>
    public string Id { get; }

    /// <summary>What was asked for, complete. Never changed.</summary>
    public RunSettings Settings { get; }

    /// <summary>Where the method stands and what it does next.</summary>
    public RunState Method { get; private init; }

    /// <summary>Where the run stands.</summary>
    public RunPhase Phase { get; private init; } = RunPhase.Queued;

    /// <summary>Whether a caller wants it stopped and it has not stopped yet.</summary>
    public bool CancelRequested { get; private init; }

    /// <summary>How often it was resumed after an end.</summary>
    public int ResumeCount { get; private init; }

    /// <summary>Whether the devices are recorded.</summary>
    public bool DevicesSeen { get; private init; }

    /// <summary>Warnings so far, so that none is raised twice.</summary>
    public ImmutableHashSet<(string Reason, string Message)> Warnings { get; private init; } = [];

    /// <summary>The number of the last event.</summary>
    public long LastSequenceNumber { get; private init; }

    /// <summary>Whether nothing more happens unless it is resumed.</summary>
    public bool HasEnded => Phase.IsEnd();

    /// <summary>The state after some events, of which the first is the creation.</summary>
    public static DrivenRun Of(string id, IReadOnlyList<RecordedEvent> events)
    {
        var created = (StoredEvent.RunCreated)events[0].Event;
        return events.Skip(1).Aggregate(new DrivenRun(id, created.Settings) { LastSequenceNumber = events[0].SequenceNumber }, (run, recorded) => run.Apply(recorded));
    }

    /// <summary>The state after one more event.</summary>
    public DrivenRun Apply(RecordedEvent recorded)
    {
        var next = this with { LastSequenceNumber = recorded.SequenceNumber };
        return recorded.Event switch
        {
            StoredEvent.MethodStep e => next with { Method = Method.Apply(e.Event) },
            StoredEvent.PhaseChanged e => next with { Phase = e.Phase, CancelRequested = CancelRequested && e.Phase == RunPhase.Running, Method = Follow(e), ResumeCount = HasEnded ? ResumeCount + 1 : ResumeCount },
            StoredEvent.CancelRequested => next with { CancelRequested = true },
            StoredEvent.DevicesSeen => next with { DevicesSeen = true },
            StoredEvent.WarningRaised e => next with { Warnings = Warnings.Add((e.Reason, e.Message)) },
            _ => throw new InvalidDataException($"Event {recorded.SequenceNumber}, a {recorded.Event.GetType().Name}, cannot come after the start of a run."),
        };
    }

    private RunState Follow(StoredEvent.PhaseChanged change) => change.Phase switch
    {
        RunPhase.Failed => Method.Apply(new MethodEvent.Failed(change.Error?.Message ?? "")),
        RunPhase.Cancelled => Method.Apply(new MethodEvent.Cancelled()),
        RunPhase.Queued when HasEnded => Method.Apply(new MethodEvent.Resumed()),
        _ => Method,
    };
}
