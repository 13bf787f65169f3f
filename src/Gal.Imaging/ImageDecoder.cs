using SkiaSharp;

namespace Gal.Imaging;

/// <summary>Reads PNG, JPEG and WebP files as Pillow's <c>ImageOps.exif_transpose(image).convert("RGB")</c> does.</summary>
public static class ImageDecoder
{
    /// <summary>Decodes a file: turned upright by its EXIF orientation, alpha dropped (not blended), colour profiles ignored, 16 bits reduced to 8.</summary>
    /// <exception cref="ImageFormatException">No picture, damaged, or outside <paramref name="limits"/>.</exception>
    public static RgbImage Decode(ReadOnlyMemory<byte> bytes, ImageLimits limits) => Decode(bytes, limits, out _);

    /// <summary>Decodes a file, and says whether it had transparent pixels whose alpha was dropped.</summary>
    /// <exception cref="ImageFormatException">No picture, damaged, or outside <paramref name="limits"/>.</exception>
    public static RgbImage Decode(ReadOnlyMemory<byte> bytes, ImageLimits limits, out bool alphaDropped)
    {
        ArgumentNullException.ThrowIfNull(limits);
        var header = ImageHeader.Read(bytes.Span);
        limits.Check(header);
        if (!FileEnd.IsThere(header.Format, bytes.Span))
        {
            throw Damaged(header, SKCodecResult.IncompleteInput);
        }

        using var data = SKData.CreateCopy(bytes.Span);
        using var codec = SKCodec.Create(data) ?? throw Damaged(header, SKCodecResult.InvalidInput);
        if (codec.Info.Width != header.Width || codec.Info.Height != header.Height)
        {
            // A file whose frame and canvas disagree would slip past the limits.
            limits.Check(header with { Width = codec.Info.Width, Height = codec.Info.Height });
        }

        // Unpremultiplied, or Skia would blend with black; no colour space, or Skia would convert to it.
        var info = new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        var rgba = new byte[info.BytesSize];
        SKCodecResult result;
        unsafe
        {
            fixed (byte* pixels = rgba)
            {
                result = codec.GetPixels(info, (nint)pixels);
            }
        }

        if (result != SKCodecResult.Success)
        {
            throw Damaged(header, result);
        }

        alphaDropped = codec.Info.AlphaType != SKAlphaType.Opaque && HasTransparency(rgba);
        return ExifOrientation.TurnUpright(rgba, info.Width, info.Height, codec.EncodedOrigin);
    }

    private static bool HasTransparency(ReadOnlySpan<byte> rgba)
    {
        for (var i = 3; i < rgba.Length; i += 4)
        {
            if (rgba[i] != 255)
            {
                return true;
            }
        }

        return false;
    }

    private static ImageFormatException Damaged(ImageHeader header, SKCodecResult result) => new(
        result == SKCodecResult.IncompleteInput
            ? $"The {header.Format} file of {header.Width} × {header.Height} pixels is cut short. Copy it again from its source."
            : $"The {header.Format} file of {header.Width} × {header.Height} pixels is damaged and cannot be decoded ({result}).",
        ImageDefect.Corrupt);
}
