namespace Gal.Coordination.Events;

/// <summary>An event with its place in the run's history.</summary>
/// <param name="SequenceNumber">Ascending from 1 within a run.</param>
/// <param name="Time">When it was stored.</param>
/// <param name="Event">What happened.</param>
internal sealed record RecordedEvent(long SequenceNumber, DateTimeOffset Time, StoredEvent Event);
