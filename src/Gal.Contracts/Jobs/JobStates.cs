namespace Gal.V1;

/// <summary>Questions to ask of a job's state.</summary>
public static class JobStates
{
    /// <summary>Whether nothing follows this state.</summary>
    public static bool IsTerminal(this JobState state) => state is JobState.Succeeded or JobState.Failed or JobState.Cancelled;
}
