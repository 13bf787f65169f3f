using System.Buffers.Binary;
using ICSharpCode.SharpZipLib.Checksum;
using ICSharpCode.SharpZipLib.Zip.Compression;

namespace Gal.Imaging;

/// <summary>Writes PNG files whose bytes depend on the pixels alone.</summary>
/// <remarks>The platform's own zlib picks its match finder by processor, and with it other bytes; names of artifacts are hashes of bytes. So the deflater is a managed one.</remarks>
public static class PngEncoder
{
    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Encodes a picture: 8-bit RGB, not interlaced, no metadata.</summary>
    public static byte[] Encode(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, image.Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), image.Height);
        header[8] = 8; // bits a channel
        header[9] = 2; // truecolour

        using var file = new MemoryStream();
        file.Write(Signature);
        WriteChunk(file, "IHDR"u8, header);
        WriteChunk(file, "IDAT"u8, Deflate(PngFilter.Apply(image)));
        WriteChunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    private static byte[] Deflate(byte[] filtered)
    {
        var deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, noZlibHeaderOrFooter: false);
        deflater.SetInput(filtered);
        deflater.Finish();
        using var compressed = new MemoryStream();
        var block = new byte[32 * 1024];
        while (!deflater.IsFinished)
        {
            compressed.Write(block, 0, deflater.Deflate(block));
        }

        return compressed.ToArray();
    }

    private static void WriteChunk(Stream file, ReadOnlySpan<byte> type, byte[] payload)
    {
        var crc = new Crc32();
        crc.Update(type.ToArray());
        crc.Update(payload);
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, payload.Length);
        file.Write(number);
        file.Write(type);
        file.Write(payload);
        BinaryPrimitives.WriteUInt32BigEndian(number, (uint)crc.Value);
        file.Write(number);
    }
}
