namespace Gal.Hosting.Queues;

/// <summary>As many requests wait for the device as may wait.</summary>
public sealed class QueueFullException(int capacity) : Exception($"{capacity} requests wait for the device already, which is the limit; try again when one is done.")
{
    /// <summary>Requests that may wait.</summary>
    public int Capacity { get; } = capacity;
}
