using FsCheck.Xunit;

namespace Gal.Imaging.Tests;

/// <summary>golden/preprocess and golden/clip-mini-golden: Pillow's own results, byte for byte.</summary>
public sealed class ImageResizerTests
{
    [Theory]
    [InlineData("in-0.png", ResampleFilter.Bicubic, 64, 64, "out-0-bicubic-64x64.png")]
    [InlineData("in-0.png", ResampleFilter.Bicubic, 224, 130, "out-0-bicubic-224x130.png")]
    [InlineData("in-0.png", ResampleFilter.Bicubic, 33, 77, "out-0-bicubic-33x77.png")]
    [InlineData("in-0.png", ResampleFilter.Bilinear, 64, 64, "out-0-bilinear-64x64.png")]
    [InlineData("in-0.png", ResampleFilter.Bilinear, 224, 130, "out-0-bilinear-224x130.png")]
    [InlineData("in-0.png", ResampleFilter.Bilinear, 33, 77, "out-0-bilinear-33x77.png")]
    [InlineData("in-1.png", ResampleFilter.Bicubic, 64, 64, "out-1-bicubic-64x64.png")]
    [InlineData("in-1.png", ResampleFilter.Bicubic, 224, 130, "out-1-bicubic-224x130.png")]
    [InlineData("in-1.png", ResampleFilter.Bicubic, 33, 77, "out-1-bicubic-33x77.png")]
    [InlineData("in-1.png", ResampleFilter.Bilinear, 64, 64, "out-1-bilinear-64x64.png")]
    [InlineData("in-1.png", ResampleFilter.Bilinear, 224, 130, "out-1-bilinear-224x130.png")]
    [InlineData("in-1.png", ResampleFilter.Bilinear, 33, 77, "out-1-bilinear-33x77.png")]
    [InlineData("in-2.png", ResampleFilter.Bicubic, 64, 64, "out-2-bicubic-64x64.png")]
    [InlineData("in-2.png", ResampleFilter.Bicubic, 224, 130, "out-2-bicubic-224x130.png")]
    [InlineData("in-2.png", ResampleFilter.Bicubic, 33, 77, "out-2-bicubic-33x77.png")]
    [InlineData("in-2.png", ResampleFilter.Bilinear, 64, 64, "out-2-bilinear-64x64.png")]
    [InlineData("in-2.png", ResampleFilter.Bilinear, 224, 130, "out-2-bilinear-224x130.png")]
    [InlineData("in-2.png", ResampleFilter.Bilinear, 33, 77, "out-2-bilinear-33x77.png")]
    [InlineData("in-3.png", ResampleFilter.Bicubic, 64, 64, "out-3-bicubic-64x64.png")]
    [InlineData("in-3.png", ResampleFilter.Bicubic, 224, 130, "out-3-bicubic-224x130.png")]
    [InlineData("in-3.png", ResampleFilter.Bicubic, 33, 77, "out-3-bicubic-33x77.png")]
    [InlineData("in-3.png", ResampleFilter.Bilinear, 64, 64, "out-3-bilinear-64x64.png")]
    [InlineData("in-3.png", ResampleFilter.Bilinear, 224, 130, "out-3-bilinear-224x130.png")]
    [InlineData("in-3.png", ResampleFilter.Bilinear, 33, 77, "out-3-bilinear-33x77.png")]
    public void Resize_GoldenPicture_EqualsPillow(string input, ResampleFilter filter, int width, int height, string expected) =>
        Pictures.AssertSame(Pictures.Golden("preprocess", expected), ImageResizer.Resize(Pictures.Golden("preprocess", input), width, height, filter));

    [Theory]
    [InlineData("in-0.png", 64, "dreambooth-0.png")]
    [InlineData("in-1.png", 64, "dreambooth-1.png")]
    [InlineData("in-2.png", 64, "dreambooth-2.png")]
    [InlineData("in-3.png", 64, "dreambooth-3.png")]
    public void ShortestEdgeCenterCrop_GoldenPicture_EqualsTorchvision(string input, int size, string expected) =>
        Pictures.AssertSame(Pictures.Golden("preprocess", expected), ImageResizer.ShortestEdgeCenterCrop(Pictures.Golden("preprocess", input), size, ResampleFilter.Bilinear));

    [Theory]
    [InlineData("image-0.png", "image-0-224.png")]
    [InlineData("image-1.png", "image-1-224.png")]
    [InlineData("image-2.png", "image-2-224.png")]
    [InlineData("image-3.png", "image-3-224.png")]
    public void ClipCrop_GoldenPicture_EqualsTransformers(string input, string expected) =>
        Pictures.AssertSame(Pictures.Golden("clip-mini-golden", expected), ImageResizer.ClipCrop(Pictures.Golden("clip-mini-golden", input), 224));

    [Fact]
    public void Resize_SameSize_IsTheSamePicture()
    {
        var image = Pictures.Noise(9, 7, seed: 1);
        Assert.Same(image, ImageResizer.Resize(image, 9, 7, ResampleFilter.Bicubic));
    }

    [Property(MaxTest = 200)]
    public bool Resize_OneColour_KeepsIt(byte value, byte width, byte height, byte newWidth, byte newHeight, bool bicubic)
    {
        var image = Pictures.Filled(1 + (width % 50), 1 + (height % 50), value);
        var scaled = ImageResizer.Resize(image, 1 + (newWidth % 90), 1 + (newHeight % 90), bicubic ? ResampleFilter.Bicubic : ResampleFilter.Bilinear);
        return scaled.Pixels.All(p => p == value);
    }

    [Property(MaxTest = 100)]
    public bool ShortestEdgeCenterCrop_AnySize_IsSquare(byte width, byte height, byte size)
    {
        var square = ImageResizer.ShortestEdgeCenterCrop(Pictures.Noise(1 + width, 1 + height, seed: 3), 1 + (size % 70), ResampleFilter.Bilinear);
        return (square.Width, square.Height) == (1 + (size % 70), 1 + (size % 70));
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(5, 0)]
    [InlineData(-1, 5)]
    public void Resize_NoPixels_IsRefused(int width, int height) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ImageResizer.Resize(Pictures.Filled(2, 2, 9), width, height, ResampleFilter.Bilinear));
}
