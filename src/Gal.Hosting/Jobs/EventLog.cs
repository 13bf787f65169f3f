using System.Buffers.Binary;
using System.Security.Cryptography;
using Google.Protobuf;

namespace Gal.Hosting.Jobs;

/// <summary>An append-only file of messages. Each record is its length, the first eight bytes of its SHA-256, and the bytes; a torn record at the end, left by a crash, is cut off when the log is opened.</summary>
internal sealed class EventLog<TEvent> : IDisposable
    where TEvent : IMessage<TEvent>, new()
{
    private const int HeaderSize = 12;
    private readonly FileStream _stream;

    private EventLog(FileStream stream) => _stream = stream;

    /// <summary>Opens the log to append to it.</summary>
    /// <param name="path">The file; made if it is absent.</param>
    /// <param name="events">What it holds.</param>
    public static EventLog<TEvent> Open(string path, out List<TEvent> events)
    {
        var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 1);
        events = Parse(ReadAll(stream), out var validLength);
        stream.SetLength(validLength);
        stream.Position = validLength;
        return new(stream);
    }

    /// <summary>Reads a log that nobody writes to any more.</summary>
    public static List<TEvent> Read(string path) => File.Exists(path) ? Parse(File.ReadAllBytes(path), out _) : [];

    /// <summary>Appends the events and waits until the disk has them. On failure none of them is in the log.</summary>
    public void Append(IReadOnlyList<TEvent> events)
    {
        var start = _stream.Position;
        using var buffer = new MemoryStream();
        Span<byte> header = stackalloc byte[HeaderSize];
        foreach (var item in events)
        {
            var bytes = item.ToByteArray();
            WriteHeader(header, bytes);
            buffer.Write(header);
            buffer.Write(bytes);
        }

        try
        {
            _stream.Write(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
            _stream.Flush(flushToDisk: true);
        }
        catch
        {
            _stream.SetLength(start);
            _stream.Position = start;
            throw;
        }
    }

    public void Dispose() => _stream.Dispose();

    private static byte[] ReadAll(FileStream stream)
    {
        var bytes = new byte[stream.Length];
        stream.Position = 0;
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static List<TEvent> Parse(byte[] bytes, out int validLength)
    {
        var parser = new MessageParser<TEvent>(() => new TEvent());
        var events = new List<TEvent>();
        validLength = 0;
        Span<byte> expected = stackalloc byte[HeaderSize];
        while (bytes.Length - validLength >= HeaderSize)
        {
            var header = bytes.AsSpan(validLength, HeaderSize);
            var length = BinaryPrimitives.ReadInt32LittleEndian(header);
            if (length < 0 || length > bytes.Length - validLength - HeaderSize)
            {
                break;
            }

            var body = bytes.AsSpan(validLength + HeaderSize, length);
            WriteHeader(expected, body);
            if (!expected.SequenceEqual(header))
            {
                break;
            }

            events.Add(parser.ParseFrom(body));
            validLength += HeaderSize + length;
        }

        return events;
    }

    private static void WriteHeader(Span<byte> header, ReadOnlySpan<byte> body)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(body, hash);
        BinaryPrimitives.WriteInt32LittleEndian(header, body.Length);
        hash[..8].CopyTo(header[4..]);
    }
}
