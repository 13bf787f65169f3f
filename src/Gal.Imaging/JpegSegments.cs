using System.Buffers.Binary;

namespace Gal.Imaging;

/// <summary>Walks over a JPEG file's segments: marker (2), length (2), payload.</summary>
internal static class JpegSegments
{
    private const byte StartOfScan = 0xDA;

    /// <summary>Whether a marker is a frame header SOFn (not DHT, JPG or DAC, which lie among them).</summary>
    public static bool IsFrame(byte marker) => marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);

    /// <summary>The offset of the first segment that is wanted, up to and including the first scan; -1 if there is none.</summary>
    public static int Find(ReadOnlySpan<byte> file, Predicate<byte> wanted)
    {
        for (var at = 2; at + 4 <= file.Length && file[at] == 0xFF;)
        {
            var marker = file[at + 1];
            if (wanted(marker))
            {
                return at;
            }

            switch (marker)
            {
                case StartOfScan:
                    return -1;
                case 0xFF: // a fill byte
                    at += 1;
                    break;
                case 0x01 or (>= 0xD0 and <= 0xD8): // markers without a length
                    at += 2;
                    break;
                default:
                    at += 2 + BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
                    break;
            }
        }

        return -1;
    }

    /// <summary>Whether an end-of-image marker follows the first scan. Decoders invent a missing one and leave the rest of the picture grey.</summary>
    public static bool HasEnd(ReadOnlySpan<byte> file)
    {
        var scan = Find(file, marker => marker == StartOfScan);
        return scan >= 0 && file[scan..].IndexOf((ReadOnlySpan<byte>)[0xFF, 0xD9]) >= 0;
    }
}
