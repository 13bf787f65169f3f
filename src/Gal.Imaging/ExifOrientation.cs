using SkiaSharp;

namespace Gal.Imaging;

/// <summary>Turns a picture as the camera was held (EXIF tag 0x0112).</summary>
internal static class ExifOrientation
{
    /// <summary>Drops alpha and moves every pixel of [height, width, 4] to its upright place.</summary>
    public static RgbImage TurnUpright(ReadOnlySpan<byte> rgba, int width, int height, SKEncodedOrigin origin)
    {
        // Place of the stored pixel (x, y) in the upright picture = start + x · stepX + y · stepY.
        var (w, h) = (width, height);
        var (uprightWidth, start, stepX, stepY) = origin switch
        {
            SKEncodedOrigin.TopRight => (w, w - 1, -1, w),
            SKEncodedOrigin.BottomRight => (w, (w * h) - 1, -1, -w),
            SKEncodedOrigin.BottomLeft => (w, (h - 1) * w, 1, -w),
            SKEncodedOrigin.LeftTop => (h, 0, h, 1),
            SKEncodedOrigin.RightTop => (h, h - 1, h, -1),
            SKEncodedOrigin.RightBottom => (h, (w * h) - 1, -h, -1),
            SKEncodedOrigin.LeftBottom => (h, (w - 1) * h, -h, 1),
            _ => (w, 0, 1, w),
        };

        var upright = new byte[w * h * 3];
        var from = 0;
        for (var y = 0; y < h; y++)
        {
            for (var x = 0; x < w; x++, from += 4)
            {
                var to = (start + (x * stepX) + (y * stepY)) * 3;
                upright[to] = rgba[from];
                upright[to + 1] = rgba[from + 1];
                upright[to + 2] = rgba[from + 2];
            }
        }

        return new RgbImage(uprightWidth, w * h / uprightWidth, upright);
    }
}
