namespace Gal.Coordination.Storage;

/// <summary>A row of the append-only table of events.</summary>
internal sealed class EventRow
{
    /// <summary>The run.</summary>
    public required string RunId { get; init; }

    /// <summary>Ascending from 1 within the run.</summary>
    public required long SequenceNumber { get; init; }

    /// <summary>When it was stored.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The kind of event.</summary>
    public required string Kind { get; init; }

    /// <summary>The version of the JSON's format.</summary>
    public required int Version { get; init; }

    /// <summary>The event as JSON.</summary>
    public required string Json { get; init; }
}
