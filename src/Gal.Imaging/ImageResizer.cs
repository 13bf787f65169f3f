using System.Numerics;

namespace Gal.Imaging;

/// <summary>Scales pictures as Pillow does, byte for byte: along one axis, rounded to 8 bits, then along the other.</summary>
public static class ImageResizer
{
    private const int Half = 1 << (ResampleCoefficients.PrecisionBits - 1);

    /// <summary>Scales to exactly <paramref name="width"/> × <paramref name="height"/>; the proportions may change.</summary>
    /// <returns>A new picture, or <paramref name="image"/> itself where it already has that size.</returns>
    public static RgbImage Resize(RgbImage image, int width, int height, ResampleFilter filter)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);

        // Pillow takes the rows of a tall picture first where it shrinks them; the rounding in between makes the order show.
        return image.Height > image.Width && height < image.Height
            ? ResizeColumns(ResizeRows(image, height, filter), width, filter)
            : ResizeRows(ResizeColumns(image, width, filter), height, filter);
    }

    /// <summary>What DreamBooth trains on: the shorter side scaled to <paramref name="size"/>, then the middle square, with torchvision's rounding (offsets to the nearest, halves to even).</summary>
    public static RgbImage ShortestEdgeCenterCrop(RgbImage image, int size, ResampleFilter filter) =>
        ScaleAndCrop(image, size, filter, spare => (int)Math.Round(spare / 2.0, MidpointRounding.ToEven));

    /// <summary>What CLIP looks at: as <see cref="ShortestEdgeCenterCrop"/>, bicubic, with transformers' rounding (offsets down).</summary>
    public static RgbImage ClipCrop(RgbImage image, int size) => ScaleAndCrop(image, size, ResampleFilter.Bicubic, spare => spare / 2);

    private static RgbImage ScaleAndCrop(RgbImage image, int size, ResampleFilter filter, Func<int, int> offset)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        var longer = (int)((double)((long)size * Math.Max(image.Width, image.Height)) / Math.Min(image.Width, image.Height));
        var (width, height) = image.Width <= image.Height ? (size, longer) : (longer, size);
        var scaled = Resize(image, width, height, filter);
        return Crop(scaled, offset(width - size), offset(height - size), size);
    }

    private static RgbImage Crop(RgbImage image, int left, int top, int size)
    {
        if (image.Width == size && image.Height == size)
        {
            return image;
        }

        var pixels = new byte[size * size * 3];
        for (var y = 0; y < size; y++)
        {
            image.Pixels.AsSpan((((top + y) * image.Width) + left) * 3, size * 3).CopyTo(pixels.AsSpan(y * size * 3));
        }

        return new RgbImage(size, size, pixels);
    }

    private static RgbImage ResizeColumns(RgbImage image, int width, ResampleFilter filter)
    {
        if (width == image.Width)
        {
            return image;
        }

        var coefficients = new ResampleCoefficients(image.Width, width, filter);
        var pixels = new byte[checked(width * image.Height * 3)];
        for (var y = 0; y < image.Height; y++)
        {
            var row = image.Pixels.AsSpan(y * image.Width * 3, image.Width * 3);
            var to = pixels.AsSpan(y * width * 3, width * 3);
            for (var x = 0; x < width; x++)
            {
                var weights = coefficients.At(x, out var first);
                var from = row.Slice(first * 3, weights.Length * 3);
                int red = Half, green = Half, blue = Half;
                for (var i = 0; i < weights.Length; i++)
                {
                    red += from[i * 3] * weights[i];
                    green += from[(i * 3) + 1] * weights[i];
                    blue += from[(i * 3) + 2] * weights[i];
                }

                (to[x * 3], to[(x * 3) + 1], to[(x * 3) + 2]) = (Clip(red), Clip(green), Clip(blue));
            }
        }

        return new RgbImage(width, image.Height, pixels);
    }

    private static RgbImage ResizeRows(RgbImage image, int height, ResampleFilter filter)
    {
        if (height == image.Height)
        {
            return image;
        }

        var coefficients = new ResampleCoefficients(image.Height, height, filter);
        var stride = image.Width * 3;
        var pixels = new byte[checked(stride * height)];
        for (var y = 0; y < height; y++)
        {
            var weights = coefficients.At(y, out var first);
            BlendRows(image.Pixels.AsSpan(first * stride, weights.Length * stride), weights, pixels.AsSpan(y * stride, stride));
        }

        return new RgbImage(image.Width, height, pixels);
    }

    // blended[x] = Σ_i weights[i] · rows[i, x], a vector of bytes at a time with the four sums in registers.
    private static void BlendRows(ReadOnlySpan<byte> rows, ReadOnlySpan<int> weights, Span<byte> blended)
    {
        var x = 0;
        for (; x + Vector<byte>.Count <= blended.Length; x += Vector<byte>.Count)
        {
            var (a, b, c, d) = (new Vector<int>(Half), new Vector<int>(Half), new Vector<int>(Half), new Vector<int>(Half));
            for (var i = 0; i < weights.Length; i++)
            {
                Vector.Widen(new Vector<byte>(rows[((i * blended.Length) + x)..]), out var low, out var high);
                Vector.Widen(low, out var first, out var second);
                Vector.Widen(high, out var third, out var fourth);
                a += Vector.AsVectorInt32(first) * weights[i];
                b += Vector.AsVectorInt32(second) * weights[i];
                c += Vector.AsVectorInt32(third) * weights[i];
                d += Vector.AsVectorInt32(fourth) * weights[i];
            }

            Vector.Narrow(Vector.Narrow(Clip(a), Clip(b)), Vector.Narrow(Clip(c), Clip(d))).CopyTo(blended[x..]);
        }

        for (; x < blended.Length; x++)
        {
            var sum = Half;
            for (var i = 0; i < weights.Length; i++)
            {
                sum += rows[(i * blended.Length) + x] * weights[i];
            }

            blended[x] = Clip(sum);
        }
    }

    private static Vector<uint> Clip(Vector<int> sums) =>
        Vector.AsVectorUInt32(Vector.Min(Vector.Max(sums >> ResampleCoefficients.PrecisionBits, Vector<int>.Zero), new Vector<int>(255)));

    private static byte Clip(int sum) => (byte)Math.Clamp(sum >> ResampleCoefficients.PrecisionBits, 0, 255);
}
