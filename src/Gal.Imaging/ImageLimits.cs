namespace Gal.Imaging;

/// <summary>Which sizes are accepted, checked on the file's header before anything is decoded.</summary>
/// <param name="MinSide">Pixels that the shorter side has at least.</param>
/// <param name="MaxPixelCount">Width times height at most: a file of 40 KB can claim 20,000 × 20,000 pixels, 1.2 GB.</param>
public sealed record ImageLimits(int MinSide, long MaxPixelCount)
{
    /// <summary>How many times the longer side may be as long as the shorter: a strip scaled by its shorter side would grow without bound.</summary>
    public const int MaxAspectRatio = 100;

    /// <summary>Anything from one pixel to 64 megapixels.</summary>
    public static ImageLimits Default { get; } = new(1, 64_000_000);

    /// <summary>For a picture to learn from: the shorter side has at least 16 pixels.</summary>
    public static ImageLimits Reference { get; } = new(16, 64_000_000);

    /// <summary>Refuses a size outside the limits.</summary>
    /// <exception cref="ImageFormatException">Too small or too large.</exception>
    public void Check(ImageHeader header)
    {
        ArgumentNullException.ThrowIfNull(header);
        if ((long)header.Width * header.Height > MaxPixelCount)
        {
            throw new ImageFormatException(
                $"The picture has {header.Width} × {header.Height} = {(long)header.Width * header.Height:N0} pixels; at most {MaxPixelCount:N0} are accepted. Scale it down.",
                ImageDefect.TooLarge);
        }

        var (shorter, longer) = (Math.Min(header.Width, header.Height), Math.Max(header.Width, header.Height));
        if (shorter < MinSide)
        {
            throw new ImageFormatException(
                $"The picture has {header.Width} × {header.Height} pixels; each side must have at least {MinSide}. Use a larger picture.",
                ImageDefect.TooSmall);
        }

        if (longer > (long)shorter * MaxAspectRatio)
        {
            throw new ImageFormatException(
                $"The picture has {header.Width} × {header.Height} pixels; its longer side may be at most {MaxAspectRatio} times its shorter. Crop it.",
                ImageDefect.TooLarge);
        }
    }
}
