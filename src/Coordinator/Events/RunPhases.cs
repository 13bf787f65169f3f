namespace Gal.Coordination.Events;

/// <summary>Questions to ask of a phase.</summary>
internal static class RunPhases
{
    /// <summary>Whether nothing follows unless the run is resumed.</summary>
    public static bool IsEnd(this RunPhase phase) => phase is RunPhase.Succeeded or RunPhase.Failed or RunPhase.Cancelled;
}
