namespace Gal.Scoring.Backends;

/// <summary>A device gave up in the middle of the work; the message says what it was doing and what the driver said.</summary>
public sealed class ScoringBackendException(string message, Exception innerException) : Exception(message, innerException);
