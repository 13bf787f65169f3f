using System.Security.Cryptography;
using FsCheck.Xunit;

namespace Gal.Imaging.Tests;

public sealed class PngEncoderTests
{
    [Property(MaxTest = 100)]
    public bool Encode_AnyPicture_DecodesToTheSamePixels(byte width, byte height, int seed)
    {
        var image = Pictures.Noise(1 + (width % 80), 1 + (height % 80), seed);
        return ImageDecoder.Decode(PngEncoder.Encode(image), ImageLimits.Default).Pixels.SequenceEqual(image.Pixels);
    }

    [Fact]
    public void Encode_KnownPicture_GivesTheRecordedBytes()
    {
        // Names of artifacts are hashes of these bytes: another encoder would make every record differ.
        var image = Pictures.Golden("preprocess", "in-2.png");
        Assert.Equal("de0b235609709c4186fc58ac1c738fddae3862514b9ac8e29e6c4b9c6f2b3a9c", Convert.ToHexStringLower(SHA256.HashData(PngEncoder.Encode(image))));
    }

    [Fact]
    public void Encode_SmoothPicture_IsMuchSmallerThanItsPixels()
    {
        var image = Pictures.Golden("preprocess", "out-0-bicubic-224x130.png");
        Assert.InRange(PngEncoder.Encode(image).Length, 1, image.Pixels.Length * 6 / 10);
    }

    [Fact]
    public void RgbImage_PixelsOfAnotherSize_AreRefused() =>
        Assert.Contains("27", Assert.Throws<ArgumentException>(() => new RgbImage(3, 3, new byte[26])).Message, StringComparison.Ordinal);
}
