using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using static TorchSharp.torch;

namespace Gal.Diffusion.Weights;

/// <summary>Writes safetensors files: the same tensors give the same bytes, in the reference implementation's order (type, then name).</summary>
public static class SafetensorsWriter
{
    private const int Alignment = 8;

    /// <summary>Writes a file under a temporary name, flushes it to the disk and renames it, so that a half-written file never carries the name.</summary>
    /// <param name="path">Replaced if it exists.</param>
    /// <param name="tensors">Borrowed; on any device, of any layout.</param>
    /// <param name="metadata">Free text for the header.</param>
    /// <exception cref="IOException">The disk is full or the folder is missing; an earlier file of the name is untouched.</exception>
    public static void Write(string path, IEnumerable<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        Write(path, tensors.Select(pair => WritableTensor.From(pair.Key, pair.Value)), metadata);

    /// <summary>Writes tensors of other files, byte by byte or in another floating-point type.</summary>
    /// <param name="path">Replaced if it exists.</param>
    /// <param name="tensors">Their files must stay open until this returns.</param>
    /// <param name="metadata">Free text for the header.</param>
    /// <param name="dtype">What floating-point tensors become; null keeps each as it is. Integers are always kept.</param>
    /// <exception cref="IOException">The disk is full or the folder is missing; an earlier file of the name is untouched.</exception>
    /// <exception cref="SafetensorsException">A value is too large for float16; nothing is written.</exception>
    public static void Write(string path, IEnumerable<KeyValuePair<string, StoredTensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null, ScalarType? dtype = null) =>
        Write(path, tensors.Select(pair => WritableTensor.From(pair.Key, pair.Value, dtype)), metadata);

    internal static void Write(string path, IEnumerable<WritableTensor> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20))
            {
                Write(stream, [.. tensors.OrderByDescending(tensor => tensor.Dtype.Rank).ThenBy(tensor => tensor.Name, StringComparer.Ordinal)], metadata);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private static void Write(Stream stream, IReadOnlyList<WritableTensor> ordered, IReadOnlyDictionary<string, string>? metadata)
    {
        var header = Header(ordered, metadata);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (var tensor in ordered)
        {
            tensor.WriteData(stream);
        }
    }

    private static ReadOnlySpan<byte> Header(IReadOnlyList<WritableTensor> ordered, IReadOnlyDictionary<string, string>? metadata)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                {
                    json.WriteString(key, value);
                }
                json.WriteEndObject();
            }
            long offset = 0;
            foreach (var tensor in ordered)
            {
                WriteEntry(json, tensor, offset);
                offset += tensor.ByteCount;
            }
            json.WriteEndObject();
        }
        // Spaces up to the alignment, so that mapped tensors are aligned.
        var padding = (Alignment - (buffer.WrittenCount % Alignment)) % Alignment;
        buffer.Write("       "u8[..padding]);
        return buffer.WrittenSpan;
    }

    private static void WriteEntry(Utf8JsonWriter json, WritableTensor tensor, long begin)
    {
        json.WriteStartObject(tensor.Name);
        json.WriteString("dtype", tensor.Dtype.Name);
        json.WriteStartArray("shape");
        foreach (var dimension in tensor.Shape)
        {
            json.WriteNumberValue(dimension);
        }
        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(begin);
        json.WriteNumberValue(begin + tensor.ByteCount);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
