namespace Gal.Coordination.Events;

/// <summary>Where a run stands.</summary>
internal enum RunPhase
{
    /// <summary>Waiting for its turn.</summary>
    Queued,

    /// <summary>At work.</summary>
    Running,

    /// <summary>Done.</summary>
    Succeeded,

    /// <summary>Stopped by an error; can be resumed.</summary>
    Failed,

    /// <summary>Stopped by a caller; can be resumed.</summary>
    Cancelled,
}
