namespace Gal.Coordination.Storage;

/// <summary>A run's row: what is needed to find it. Everything else is in its events.</summary>
internal sealed class RunRow
{
    /// <summary>The last part of the run's name; sorts by time of creation.</summary>
    public required string Id { get; init; }

    /// <summary>The caller's name for the request; null if it gave none.</summary>
    public string? RequestId { get; init; }

    /// <summary>SHA-256 of the request, to tell a repetition from another request with the same id.</summary>
    public required string RequestHash { get; init; }
}
