using Google.Protobuf;

namespace Gal.Hosting.Calls;

/// <summary>What a call has received and sent.</summary>
internal sealed class CallTraffic
{
    private long _receivedBytes;
    private long _sentBytes;
    private long _receivedCount;
    private long _sentCount;

    public long ReceivedBytes => Interlocked.Read(ref _receivedBytes);

    public long SentBytes => Interlocked.Read(ref _sentBytes);

    public long ReceivedCount => Interlocked.Read(ref _receivedCount);

    public long SentCount => Interlocked.Read(ref _sentCount);

    public void Received(object? message) => Count(message, ref _receivedBytes, ref _receivedCount);

    public void Sent(object? message) => Count(message, ref _sentBytes, ref _sentCount);

    private static void Count(object? message, ref long bytes, ref long count)
    {
        Interlocked.Add(ref bytes, (message as IMessage)?.CalculateSize() ?? 0);
        Interlocked.Increment(ref count);
    }
}
