namespace Gal.Imaging;

/// <summary>PNG's five row filters; each row takes the one with the least sum of absolute differences (PNG specification, 12.8).</summary>
internal static class PngFilter
{
    private const int PixelBytes = 3;

    /// <summary>[height, 1 + 3 · width]: the filter's number before each filtered row.</summary>
    public static byte[] Apply(RgbImage image)
    {
        var stride = image.Width * PixelBytes;
        var filtered = new byte[(stride + 1) * image.Height];
        ReadOnlySpan<byte> above = new byte[stride];
        var candidate = new byte[stride];
        for (var y = 0; y < image.Height; y++)
        {
            var row = image.Pixels.AsSpan(y * stride, stride);
            var best = filtered.AsSpan(y * (stride + 1), stride + 1);
            var bestSum = long.MaxValue;
            for (byte type = 0; type <= 4; type++)
            {
                var sum = Filter(type, row, above, candidate);
                if (sum < bestSum)
                {
                    bestSum = sum;
                    best[0] = type;
                    candidate.CopyTo(best[1..]);
                }
            }

            above = row;
        }

        return filtered;
    }

    private static long Filter(byte type, ReadOnlySpan<byte> row, ReadOnlySpan<byte> above, Span<byte> filtered)
    {
        var sum = 0L;
        for (var x = 0; x < row.Length; x++)
        {
            int left = x < PixelBytes ? 0 : row[x - PixelBytes];
            int up = above[x];
            int upLeft = x < PixelBytes ? 0 : above[x - PixelBytes];
            var predicted = type switch
            {
                0 => 0,
                1 => left,
                2 => up,
                3 => (left + up) / 2,
                _ => Paeth(left, up, upLeft),
            };
            filtered[x] = (byte)(row[x] - predicted);
            sum += Math.Abs((int)(sbyte)filtered[x]);
        }

        return sum;
    }

    private static int Paeth(int left, int up, int upLeft)
    {
        var estimate = left + up - upLeft;
        var (toLeft, toUp, toUpLeft) = (Math.Abs(estimate - left), Math.Abs(estimate - up), Math.Abs(estimate - upLeft));
        return toLeft <= toUp && toLeft <= toUpLeft ? left : toUp <= toUpLeft ? up : upLeft;
    }
}
