namespace Gal.ActiveLearning.Runs;

/// <summary>Where a run stands.</summary>
public enum RunStatus
{
    /// <summary>Has something to do.</summary>
    Running,

    /// <summary>Stopped by its own rules.</summary>
    Succeeded,

    /// <summary>Stopped by an error; can be resumed.</summary>
    Failed,

    /// <summary>Stopped by a caller; can be resumed.</summary>
    Cancelled,
}
