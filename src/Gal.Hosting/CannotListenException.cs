namespace Gal.Hosting;

/// <summary>A service's address is in use or not allowed.</summary>
public sealed class CannotListenException(string message, Exception inner) : Exception(message, inner);
