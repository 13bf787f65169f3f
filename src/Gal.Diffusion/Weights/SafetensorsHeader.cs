using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Gal.Diffusion.Weights;

/// <summary>
/// The header of a safetensors file: 8 bytes of length, then JSON {name: {dtype, shape, data_offsets}}, then the data.
/// Every claim is checked against the file's size before anything is read or allocated for it.
/// </summary>
internal sealed class SafetensorsHeader
{
    /// <summary>The reference implementation's own limit.</summary>
    public const long MaxLength = 100_000_000;

    private const string Conversion =
        "Pickled files can run code when they are read, so they are refused. Convert it where you trust it: python -c \"import torch, safetensors.torch as s; " +
        "d = torch.load('FILE', weights_only=True); s.save_file(d.get('state_dict', d), 'FILE.safetensors')\".";

    private SafetensorsHeader(long dataStart, Dictionary<string, SafetensorsEntry> entries, Dictionary<string, string> metadata) =>
        (DataStart, Entries, Metadata) = (dataStart, entries, metadata);

    /// <summary>Where the data begin in the file.</summary>
    public long DataStart { get; }

    public Dictionary<string, SafetensorsEntry> Entries { get; }

    public Dictionary<string, string> Metadata { get; }

    /// <summary>The advice for a file of pickles, also for one whose name alone says so.</summary>
    public static string PickleDefect => $"this is a pickled PyTorch file, not safetensors. {Conversion}";

    /// <param name="path">Named in errors.</param>
    /// <param name="length">The file's length.</param>
    /// <param name="start">The file's first bytes: the whole header, or as much as there is.</param>
    /// <exception cref="SafetensorsException">The header is damaged or lies about the data.</exception>
    public static SafetensorsHeader Parse(string path, long length, ReadOnlySpan<byte> start)
    {
        var json = Json(path, length, start);
        var parsed = new SafetensorsHeader(8 + json.Length, new(StringComparer.Ordinal), new(StringComparer.Ordinal));
        try
        {
            parsed.ReadJson(path, json);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw new SafetensorsException(path, $"the header is not valid JSON: {exception.Message}", exception);
        }
        parsed.CheckLayout(path, length - parsed.DataStart);
        return parsed;
    }

    private static ReadOnlySpan<byte> Json(string path, long length, ReadOnlySpan<byte> start)
    {
        if (start.StartsWith("PK\x03\x04"u8) || (start.Length > 1 && start[0] == 0x80 && start[1] is >= 2 and <= 5))
        {
            throw new SafetensorsException(path, PickleDefect);
        }
        if (length < 8)
        {
            throw new SafetensorsException(path, length == 0 ? "the file is empty." : $"the file has {length} bytes; the header's length alone takes 8.");
        }
        var headerLength = BinaryPrimitives.ReadUInt64LittleEndian(start);
        if (headerLength > MaxLength)
        {
            throw new SafetensorsException(path, $"the header claims {headerLength} bytes; the limit is {MaxLength}.");
        }
        if ((long)headerLength > length - 8)
        {
            throw new SafetensorsException(path, $"the header claims {headerLength} bytes, but only {length - 8} follow; the file is cut off or not safetensors.");
        }
        var json = start.Slice(8, (int)headerLength);
        if (!Utf8.IsValid(json))
        {
            throw new SafetensorsException(path, "the header is not valid UTF-8.");
        }
        return json;
    }

    private void ReadJson(string path, ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 8 });
        Expect(ref reader, JsonTokenType.StartObject);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            if (name == "__metadata__")
            {
                ReadMetadata(path, ref reader);
            }
            else if (!Entries.TryAdd(name, ReadEntry(path, name, ref reader)))
            {
                throw new SafetensorsException(path, $"tensor \"{name}\" is listed twice.");
            }
        }
        while (reader.Read())
        {
            // The reader itself refuses anything but spaces after the object.
        }
    }

    private void ReadMetadata(string path, ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.StartObject);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            Expect(ref reader, JsonTokenType.String);
            if (!Metadata.TryAdd(key, reader.GetString()!))
            {
                throw new SafetensorsException(path, $"metadata \"{key}\" is listed twice.");
            }
        }
    }

    private static SafetensorsEntry ReadEntry(string path, string name, ref Utf8JsonReader reader)
    {
        string? dtype = null;
        long[]? shape = null;
        long[]? offsets = null;
        Expect(ref reader, JsonTokenType.StartObject);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            switch (reader.GetString())
            {
                case "dtype":
                    Expect(ref reader, JsonTokenType.String);
                    dtype = reader.GetString();
                    break;
                case "shape":
                    shape = ReadNumbers(path, name, "shape", ref reader);
                    break;
                case "data_offsets":
                    offsets = ReadNumbers(path, name, "data_offsets", ref reader);
                    break;
                case var other:
                    throw new SafetensorsException(path, $"tensor \"{name}\" has an unknown field \"{other}\".");
            }
        }
        if (dtype is null || shape is null || offsets is not { Length: 2 })
        {
            throw new SafetensorsException(path, $"tensor \"{name}\" needs dtype, shape and two data_offsets.");
        }
        var known = SafetensorsDtype.FromName(dtype) ?? throw new SafetensorsException(path, $"tensor \"{name}\" has the unknown dtype \"{dtype}\".");
        return new SafetensorsEntry(name, known, shape, offsets[0], offsets[1]);
    }

    private static long[] ReadNumbers(string path, string name, string field, ref Utf8JsonReader reader)
    {
        var numbers = new List<long>();
        Expect(ref reader, JsonTokenType.StartArray);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var number) || number < 0)
            {
                throw new SafetensorsException(path, $"tensor \"{name}\" has {Encoding.UTF8.GetString(reader.ValueSpan)} in {field}; it must be a whole number from 0.");
            }
            numbers.Add(number);
        }
        return [.. numbers];
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type)
    {
        if (!reader.Read() || reader.TokenType != type)
        {
            throw new JsonException($"expected {type} at byte {reader.TokenStartIndex.ToString(CultureInfo.InvariantCulture)}, found {reader.TokenType}.");
        }
    }

    private void CheckLayout(string path, long dataLength)
    {
        long end = 0;
        SafetensorsEntry? previous = null;
        foreach (var entry in Entries.Values.OrderBy(e => e.Begin).ThenBy(e => e.End))
        {
            CheckEntry(path, entry, dataLength);
            if (entry.Begin != end)
            {
                throw new SafetensorsException(path, entry.Begin > end
                    ? $"{entry.Begin - end} bytes before tensor \"{entry.Name}\" belong to no tensor."
                    : $"tensor \"{entry.Name}\" overlaps tensor \"{previous!.Name}\" by {end - entry.Begin} bytes.");
            }
            (end, previous) = (entry.End, entry);
        }
        if (end != dataLength)
        {
            throw new SafetensorsException(path, $"{dataLength - end} bytes follow the last tensor and belong to none.");
        }
    }

    private static void CheckEntry(string path, SafetensorsEntry entry, long dataLength)
    {
        var name = entry.Name;
        if (entry.Begin > entry.End)
        {
            throw new SafetensorsException(path, $"tensor \"{name}\" ends at {entry.End} before it begins at {entry.Begin}.");
        }
        if (entry.End > dataLength)
        {
            throw new SafetensorsException(path, $"tensor \"{name}\" ends at byte {entry.End}, but there are only {dataLength} bytes of data; the file is cut off.");
        }
        Int128 bytes = entry.Dtype.Size;
        foreach (var dimension in entry.Shape)
        {
            bytes *= dimension;
            if (bytes > long.MaxValue)
            {
                throw new SafetensorsException(path, $"tensor \"{name}\" of shape [{string.Join(", ", entry.Shape)}] has more elements than can be counted.");
            }
        }
        if (bytes != entry.End - entry.Begin)
        {
            throw new SafetensorsException(path, $"tensor \"{name}\" of shape [{string.Join(", ", entry.Shape)}] and type {entry.Dtype.Name} takes {bytes} bytes, but {entry.End - entry.Begin} are given.");
        }
    }
}
