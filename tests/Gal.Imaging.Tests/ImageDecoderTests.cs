using System.Buffers.Binary;
using System.Text;
using FsCheck.Xunit;

namespace Gal.Imaging.Tests;

/// <summary>golden/preprocess's files, and files that are no pictures or claim to be enormous ones.</summary>
public sealed class ImageDecoderTests
{
    [Theory]
    [InlineData("exif-1.jpg", "exif-1.png", 3)]
    [InlineData("exif-2.jpg", "exif-2.png", 3)]
    [InlineData("exif-3.jpg", "exif-3.png", 3)]
    [InlineData("exif-4.jpg", "exif-4.png", 3)]
    [InlineData("exif-5.jpg", "exif-5.png", 3)]
    [InlineData("exif-6.jpg", "exif-6.png", 3)]
    [InlineData("exif-7.jpg", "exif-7.png", 3)]
    [InlineData("exif-8.jpg", "exif-8.png", 3)]
    [InlineData("grey16.png", "grey16-rgb.png", 1)]
    [InlineData("palette-alpha.png", "palette-alpha-rgb.png", 0)]
    [InlineData("rgba.png", "rgba-rgb.png", 0)]
    [InlineData("cmyk.jpg", "cmyk-rgb.png", 6)]
    [InlineData("grey.jpg", "grey-rgb.png", 3)]
    [InlineData("progressive.jpg", "progressive-rgb.png", 3)]
    [InlineData("lossless.webp", "lossless-rgb.png", 0)]
    public void Decode_GoldenFile_EqualsPillow(string input, string expected, int maxDifference)
    {
        var image = ImageDecoder.Decode(Pictures.GoldenBytes("preprocess", input), ImageLimits.Default);
        Pictures.AssertSame(Pictures.Golden("preprocess", expected), image, maxDifference);
    }

    [Theory]
    [InlineData("rgba.png", true)]
    [InlineData("palette-alpha.png", true)]
    [InlineData("in-0.png", false)]
    [InlineData("exif-1.jpg", false)]
    public void Decode_TransparentPixels_AreReported(string file, bool expected)
    {
        ImageDecoder.Decode(Pictures.GoldenBytes("preprocess", file), ImageLimits.Default, out var alphaDropped);
        Assert.Equal(expected, alphaDropped);
    }

    [Fact]
    public void Decode_SixteenBitColour_TakesTheHighByte()
    {
        byte[] row = [0x12, 0xFF, 0x34, 0x00, 0x56, 0x80];
        var image = ImageDecoder.Decode(Pictures.Png(1, 1, bitDepth: 16, colourType: 2, row), ImageLimits.Default);
        Pictures.AssertSame(new RgbImage(1, 1, [0x12, 0x34, 0x56]), image, maxDifference: 1);
    }

    [Fact]
    public void Decode_FullyTransparentColour_IsKept()
    {
        byte[] row = [200, 100, 50, 0];
        var image = ImageDecoder.Decode(Pictures.Png(1, 1, bitDepth: 8, colourType: 6, row), ImageLimits.Default);
        Assert.Equal([200, 100, 50], image.Pixels);
    }

    [Theory]
    [InlineData(30_000, 30_000)]
    [InlineData(65_535, 65_535)]
    [InlineData(8_001, 8_000)]
    public void Decode_PngClaimingManyPixels_IsRefusedByItsHeader(int width, int height) =>
        AssertRefused(Pictures.Png(width, height, bitDepth: 8, colourType: 2, row: []), ImageLimits.Default, ImageDefect.TooLarge, $"{width} × {height}");

    [Fact]
    public void Decode_JpegClaimingManyPixels_IsRefusedByItsHeader()
    {
        var file = Pictures.GoldenBytes("preprocess", "exif-1.jpg");
        var frame = file.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]);
        BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan(frame + 5), 30_000);
        BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan(frame + 7), 30_000);
        AssertRefused(file, ImageLimits.Default, ImageDefect.TooLarge, "30000 × 30000");
    }

    [Fact]
    public void Decode_WebPClaimingManyPixels_IsRefusedByItsHeader()
    {
        var file = Pictures.GoldenBytes("preprocess", "lossless.webp");
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(21), 16_382u | (16_382u << 14));
        AssertRefused(file, ImageLimits.Default, ImageDefect.TooLarge, "16383 × 16383");
    }

    [Fact]
    public void Decode_OnePixelAsReference_IsRefused() =>
        AssertRefused(PngEncoder.Encode(Pictures.Filled(1, 1, 7)), ImageLimits.Reference, ImageDefect.TooSmall, "1 × 1");

    [Fact]
    public void Decode_LongStrip_IsRefused() =>
        AssertRefused(PngEncoder.Encode(Pictures.Filled(1, 101, 7)), ImageLimits.Default, ImageDefect.TooLarge, "100 times");

    [Theory]
    [InlineData("in-2.png")]
    [InlineData("exif-1.jpg")]
    [InlineData("progressive.jpg")]
    [InlineData("lossless.webp")]
    public void Decode_FileCutAnywhere_IsRefused(string name)
    {
        var file = Pictures.GoldenBytes("preprocess", name);
        var cuts = Enumerable.Range(1, 40).Select(i => file.Length * i / 41).Concat(Enumerable.Range(file.Length - 24, 24)).Concat(Enumerable.Range(12, 40));
        foreach (var length in cuts)
        {
            var error = Record.Exception(() => ImageDecoder.Decode(file.AsMemory(0, length), ImageLimits.Default)) as ImageFormatException;
            Assert.True(error is { Defect: ImageDefect.Corrupt }, $"{name} cut to {length} of {file.Length} bytes: {error?.Message ?? "it was decoded."}");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("not a picture")]
    [InlineData("GIF89a trailing bytes of another format")]
    public void Decode_OtherFile_IsRefused(string text) =>
        AssertRefused(Encoding.UTF8.GetBytes(text), ImageLimits.Default, ImageDefect.UnknownFormat, "PNG, JPEG or WebP");

    [Property(MaxTest = 300)]
    public bool Decode_DamagedBytes_GiveAPictureOrAClearError(int position, byte value, bool jpeg)
    {
        var file = Pictures.GoldenBytes("preprocess", jpeg ? "progressive.jpg" : "palette-alpha.png");
        file[Math.Abs(position % Math.Min(file.Length, 700))] = value;
        try
        {
            var image = ImageDecoder.Decode(file, ImageLimits.Default);
            return image.Pixels.Length == image.Width * image.Height * 3;
        }
        catch (ImageFormatException error)
        {
            return error.Message.Length > 20;
        }
    }

    private static void AssertRefused(byte[] file, ImageLimits limits, ImageDefect defect, string says)
    {
        var error = Assert.Throws<ImageFormatException>(() => ImageDecoder.Decode(file, limits));
        Assert.Equal(defect, error.Defect);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }
}
