using Gal.V1;
using RunEvent = Gal.ActiveLearning.Runs.RunEvent;

namespace Gal.Coordination.Events;

/// <summary>Something that happened to a run. The run is the fold over its events; none is ever changed or removed.</summary>
internal abstract record StoredEvent
{
    private StoredEvent()
    {
    }

    /// <summary>The run was asked for. The settings are the contract's own message, complete, with every picture as an artifact.</summary>
    public sealed record RunCreated(RunSettings Settings) : StoredEvent;

    /// <summary>The run waits, works or has ended. <paramref name="Error"/> says why it failed or was cancelled.</summary>
    public sealed record PhaseChanged(RunPhase Phase, RunError? Error = null) : StoredEvent;

    /// <summary>A caller wants the run stopped. Stored before anything is stopped, so that a restart in between finishes the job.</summary>
    public sealed record CancelRequested : StoredEvent;

    /// <summary>The devices that the services will work on, as they were when work on the run began.</summary>
    public sealed record DevicesSeen(IReadOnlyList<SeenDevice> Devices) : StoredEvent;

    /// <summary>Something that a user should know. Round 0: before round 1.</summary>
    public sealed record WarningRaised(int Round, string Reason, string Message) : StoredEvent;

    /// <summary>Something that the method's own state follows from.</summary>
    /// <param name="Event">What happened.</param>
    /// <param name="Times">What the services' time was spent on.</param>
    /// <param name="Extras">What a training left beside its checkpoint; null where it left nothing and at other steps.</param>
    public sealed record MethodStep(RunEvent Event, IReadOnlyList<TimeSpent> Times, TrainingExtras? Extras = null) : StoredEvent;
}
