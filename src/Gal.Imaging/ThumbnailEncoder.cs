using SkiaSharp;

namespace Gal.Imaging;

/// <summary>Makes small WebP pictures to show on a page; they are for eyes alone, never scored or trained on.</summary>
public static class ThumbnailEncoder
{
    private const int Quality = 90;

    /// <summary>Encodes a picture as WebP, scaled down so that no side is longer than <paramref name="maxSide"/>; never scaled up.</summary>
    public static byte[] Encode(RgbImage image, int maxSide)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxSide, 1);
        var scale = Math.Min(1.0, (double)maxSide / Math.Max(image.Width, image.Height));
        var small = ImageResizer.Resize(image, Scaled(image.Width, scale), Scaled(image.Height, scale), ResampleFilter.Bicubic);
        using var bitmap = new SKBitmap(new SKImageInfo(small.Width, small.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        CopyPixels(small, bitmap.GetPixelSpan());
        using var encoded = bitmap.Encode(SKEncodedImageFormat.Webp, Quality);
        return encoded.ToArray();
    }

    private static int Scaled(int side, double scale) => Math.Max(1, (int)Math.Round(side * scale));

    private static void CopyPixels(RgbImage image, Span<byte> rgba)
    {
        for (int from = 0, to = 0; from < image.Pixels.Length; from += 3, to += 4)
        {
            image.Pixels.AsSpan(from, 3).CopyTo(rgba[to..]);
            rgba[to + 3] = 255;
        }
    }
}
