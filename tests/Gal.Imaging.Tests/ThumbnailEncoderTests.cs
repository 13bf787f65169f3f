using Gal.Tests;

namespace Gal.Imaging.Tests;

public sealed class ThumbnailEncoderTests
{
    [Theory]
    [InlineData(64, 64, 128, 64, 64)]
    [InlineData(256, 128, 128, 128, 64)]
    [InlineData(1000, 3, 100, 100, 1)]
    public void Encode_Picture_IsScaledDownButNeverUp(int width, int height, int maxSide, int expectedWidth, int expectedHeight)
    {
        var header = ImageHeader.Read(ThumbnailEncoder.Encode(Pictures.Noise(width, height, seed: 2), maxSide));
        Assert.Equal(new ImageHeader(ImageFileFormat.WebP, expectedWidth, expectedHeight), header);
    }

    [Fact]
    public void Encode_Picture_LooksTheSame()
    {
        var image = ImageDecoder.Decode(File.ReadAllBytes(Repository.Sample("style-watercolor", "reference-1.png")), ImageLimits.Default);
        var shown = ImageDecoder.Decode(ThumbnailEncoder.Encode(image, 128), ImageLimits.Default);
        Assert.True(image.Pixels.Zip(shown.Pixels, (a, b) => Math.Abs(a - b)).Average() < 6);
    }
}
