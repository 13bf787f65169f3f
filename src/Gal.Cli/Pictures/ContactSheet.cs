using Gal.Imaging;

namespace Gal.Cli.Pictures;

/// <summary>Puts pictures side by side on white.</summary>
internal static class ContactSheet
{
    private const int Gap = 4;
    private const byte White = 255;

    /// <summary>One row of pictures a list; every cell is as large as the largest picture.</summary>
    /// <param name="rows">At least one picture in all.</param>
    public static RgbImage Of(IReadOnlyList<IReadOnlyList<RgbImage>> rows)
    {
        var (cellWidth, cellHeight) = (rows.SelectMany(row => row).Max(image => image.Width), rows.SelectMany(row => row).Max(image => image.Height));
        var columns = rows.Max(row => row.Count);
        var (width, height) = ((columns * (cellWidth + Gap)) + Gap, (rows.Count * (cellHeight + Gap)) + Gap);
        var pixels = new byte[width * height * 3];
        pixels.AsSpan().Fill(White);
        foreach (var (r, row) in rows.Index())
        {
            foreach (var (c, image) in row.Index())
            {
                Paste(image, pixels, width, Gap + (c * (cellWidth + Gap)), Gap + (r * (cellHeight + Gap)));
            }
        }
        return new RgbImage(width, height, pixels);
    }

    private static void Paste(RgbImage image, byte[] pixels, int width, int left, int top)
    {
        var stride = image.Width * 3;
        for (var y = 0; y < image.Height; y++)
        {
            image.Pixels.AsSpan(y * stride, stride).CopyTo(pixels.AsSpan((((top + y) * width) + left) * 3));
        }
    }
}
