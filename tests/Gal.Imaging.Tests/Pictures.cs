using System.Buffers.Binary;
using Gal.Tests;
using ICSharpCode.SharpZipLib.Checksum;

namespace Gal.Imaging.Tests;

/// <summary>Pictures to test with.</summary>
internal static class Pictures
{
    /// <summary>The bytes of a golden file.</summary>
    public static byte[] GoldenBytes(string section, string name) => File.ReadAllBytes(Repository.Golden(section, name));

    /// <summary>A golden picture, decoded.</summary>
    public static RgbImage Golden(string section, string name) => ImageDecoder.Decode(GoldenBytes(section, name), ImageLimits.Default);

    /// <summary>Every byte the same.</summary>
    public static RgbImage Filled(int width, int height, byte value)
    {
        var pixels = new byte[width * height * 3];
        Array.Fill(pixels, value);
        return new RgbImage(width, height, pixels);
    }

    /// <summary>Random bytes.</summary>
    public static RgbImage Noise(int width, int height, int seed)
    {
        var pixels = new byte[width * height * 3];
        new Random(seed).NextBytes(pixels);
        return new RgbImage(width, height, pixels);
    }

    /// <summary>A PNG file of one row's bytes whose header may claim any size.</summary>
    public static byte[] Png(int width, int height, byte bitDepth, byte colourType, byte[] row)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (bitDepth, colourType);
        using var compressed = new MemoryStream();
        using (var zlib = new System.IO.Compression.ZLibStream(compressed, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true))
        {
            zlib.Write([0, .. row]);
        }

        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, .. Chunk("IHDR"u8, header), .. Chunk("IDAT"u8, compressed.ToArray()), .. Chunk("IEND"u8, [])];
    }

    /// <summary>Equal sizes, and no channel farther apart than allowed; says where the largest difference lies.</summary>
    public static void AssertSame(RgbImage expected, RgbImage actual, int maxDifference = 0)
    {
        Assert.Equal((expected.Width, expected.Height), (actual.Width, actual.Height));
        var (largest, where) = expected.Pixels.Zip(actual.Pixels, (a, b) => Math.Abs(a - b)).Select((d, i) => (d, i)).MaxBy(p => p.d);
        Assert.True(largest <= maxDifference, $"The largest difference is {largest} at row {where / 3 / expected.Width}, column {where / 3 % expected.Width}, channel {where % 3}; {maxDifference} is allowed.");
    }

    private static byte[] Chunk(ReadOnlySpan<byte> type, byte[] payload)
    {
        byte[] body = [.. type, .. payload];
        var crc = new Crc32();
        crc.Update(body);
        var chunk = new byte[body.Length + 8];
        BinaryPrimitives.WriteInt32BigEndian(chunk, payload.Length);
        body.CopyTo(chunk, 4);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(body.Length + 4), (uint)crc.Value);
        return chunk;
    }
}
