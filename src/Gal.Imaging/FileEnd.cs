using System.Buffers.Binary;

namespace Gal.Imaging;

/// <summary>Whether a file goes on to its own end. Decoders are content with less: they leave the missing part grey, or do not look at what follows the last pixel.</summary>
internal static class FileEnd
{
    private const int PngSignatureLength = 8;
    private const int ChunkOverhead = 12; // length (4), name (4), checksum (4)
    private const int RiffHeaderLength = 8;

    /// <summary>Looks for the end that the format prescribes.</summary>
    public static bool IsThere(ImageFileFormat format, ReadOnlySpan<byte> file) => format switch
    {
        ImageFileFormat.Png => HasPngEnd(file),
        ImageFileFormat.Jpeg => JpegSegments.HasEnd(file),
        _ => file.Length >= RiffHeaderLength + (long)BinaryPrimitives.ReadUInt32LittleEndian(file[4..]),
    };

    // A chunk: length (4), name (4), payload, checksum (4). The last one is IEND.
    private static bool HasPngEnd(ReadOnlySpan<byte> file)
    {
        long at = PngSignatureLength;
        while (at + ChunkOverhead <= file.Length)
        {
            var chunk = file[(int)at..];
            if (chunk[4..].StartsWith("IEND"u8))
            {
                return true;
            }

            at += ChunkOverhead + (long)BinaryPrimitives.ReadUInt32BigEndian(chunk);
        }

        return false;
    }
}
