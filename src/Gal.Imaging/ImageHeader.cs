using System.Buffers.Binary;

namespace Gal.Imaging;

/// <summary>What a picture file says about itself before its pixels.</summary>
/// <param name="Format">The format, from the first bytes and never from a name.</param>
/// <param name="Width">Columns as stored, before any EXIF turn.</param>
/// <param name="Height">Rows as stored.</param>
public sealed record ImageHeader(ImageFileFormat Format, int Width, int Height)
{
    private static ReadOnlySpan<byte> PngSignature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Reads the header alone; no pixel is decoded and nothing is allocated for one.</summary>
    /// <exception cref="ImageFormatException">No PNG, JPEG or WebP, or the header is cut short.</exception>
    public static ImageHeader Read(ReadOnlySpan<byte> file)
    {
        if (file.StartsWith(PngSignature))
        {
            return Png(file);
        }

        if (file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]))
        {
            return Jpeg(file);
        }

        if (file.Length >= 12 && file.StartsWith("RIFF"u8) && file[8..].StartsWith("WEBP"u8))
        {
            return WebP(file);
        }

        throw new ImageFormatException(
            file.IsEmpty ? "The file is empty; a PNG, JPEG or WebP picture is needed." : "The file is no PNG, JPEG or WebP picture. Convert it to one of these.",
            ImageDefect.UnknownFormat);
    }

    // Signature (8), length (4), "IHDR" (4), width (4), height (4).
    private static ImageHeader Png(ReadOnlySpan<byte> file) =>
        file.Length >= 24 && file[12..].StartsWith("IHDR"u8)
            ? Of(ImageFileFormat.Png, BinaryPrimitives.ReadUInt32BigEndian(file[16..]), BinaryPrimitives.ReadUInt32BigEndian(file[20..]))
            : throw CutShort("PNG");

    // The frame header SOFn: marker (2), length (2), precision (1), height (2), width (2).
    private static ImageHeader Jpeg(ReadOnlySpan<byte> file)
    {
        var frame = JpegSegments.Find(file, JpegSegments.IsFrame);
        return frame >= 0 && frame + 9 <= file.Length
            ? Of(ImageFileFormat.Jpeg, BinaryPrimitives.ReadUInt16BigEndian(file[(frame + 7)..]), BinaryPrimitives.ReadUInt16BigEndian(file[(frame + 5)..]))
            : throw CutShort("JPEG");
    }

    // RIFF (12), then a chunk: name (4), length (4), payload.
    private static ImageHeader WebP(ReadOnlySpan<byte> file)
    {
        if (file.Length < 30)
        {
            throw CutShort("WebP");
        }

        var payload = file[20..];
        if (file[12..].StartsWith("VP8X"u8))
        {
            return Of(ImageFileFormat.WebP, 1 + Read24(payload[4..]), 1 + Read24(payload[7..]));
        }

        if (file[12..].StartsWith("VP8L"u8) && payload[0] == 0x2F)
        {
            var bits = BinaryPrimitives.ReadUInt32LittleEndian(payload[1..]);
            return Of(ImageFileFormat.WebP, 1 + (bits & 0x3FFF), 1 + ((bits >> 14) & 0x3FFF));
        }

        if (file[12..].StartsWith("VP8 "u8))
        {
            return Of(ImageFileFormat.WebP, BinaryPrimitives.ReadUInt16LittleEndian(payload[6..]) & 0x3FFFu, BinaryPrimitives.ReadUInt16LittleEndian(payload[8..]) & 0x3FFFu);
        }

        throw CutShort("WebP");
    }

    private static uint Read24(ReadOnlySpan<byte> bytes) => (uint)(bytes[0] | (bytes[1] << 8) | (bytes[2] << 16));

    private static ImageHeader Of(ImageFileFormat format, uint width, uint height) =>
        width is > 0 and <= int.MaxValue && height is > 0 and <= int.MaxValue
            ? new ImageHeader(format, (int)width, (int)height)
            : throw new ImageFormatException($"The {format} file says that it has {width} × {height} pixels. It is damaged.", ImageDefect.Corrupt);

    private static ImageFormatException CutShort(string format) =>
        new($"The {format} file ends before it says how large the picture is. It is cut short or damaged.", ImageDefect.Corrupt);
}
