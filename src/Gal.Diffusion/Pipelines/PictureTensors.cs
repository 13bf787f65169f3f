using Gal.Diffusion.Runtime;
using Gal.Imaging;
using static TorchSharp.torch;

namespace Gal.Diffusion.Pipelines;

/// <summary>Pictures to tensors and back.</summary>
internal static class PictureTensors
{
    /// <summary>Pictures of one size as [batch, 3, height, width] in -1 … 1, float32; the caller disposes it.</summary>
    public static Tensor FromPictures(IReadOnlyList<RgbImage> pictures)
    {
        using var scope = NewDisposeScope();
        return (((Unit(pictures) / 255.0.Held()) - 0.5.Held()) / 0.5.Held()).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>Pictures of one size as [batch, 3, height, width] in 0 … 255, float32; the caller disposes it.</summary>
    public static Tensor Unit(IReadOnlyList<RgbImage> pictures)
    {
        using var scope = NewDisposeScope();
        var (width, height) = (pictures[0].Width, pictures[0].Height);
        var bytes = empty([pictures.Count, height, width, 3], ScalarType.Byte);
        for (var i = 0; i < pictures.Count; i++)
        {
            if ((pictures[i].Width, pictures[i].Height) != (width, height))
            {
                throw new ArgumentException($"Picture {i} has {pictures[i].Width} × {pictures[i].Height} pixels, the first {width} × {height}; a batch has one size.", nameof(pictures));
            }

            pictures[i].Pixels.CopyTo(bytes.bytes[(i * width * height * 3)..]);
        }

        return bytes.permute(0, 3, 1, 2).to_type(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <summary>round(clamp(x / 2 + 0.5) · 255), half to even.</summary>
    /// <param name="decoded">[batch, 3, height, width], about -1 … 1. Borrowed.</param>
    /// <param name="describe">Names the picture at an index, for the error.</param>
    /// <exception cref="SamplingException">A picture is all black or not finite.</exception>
    public static IReadOnlyList<RgbImage> ToPictures(Tensor decoded, Func<int, string> describe)
    {
        using var scope = NewDisposeScope();
        var (count, height, width) = ((int)decoded.shape[0], (int)decoded.shape[2], (int)decoded.shape[3]);
        var isFinite = decoded.isfinite().flatten(1).all(1).cpu();
        var values = ((decoded / 2.0.Held()) + 0.5.Held()).clamp(0.0.Held(), 1.0.Held()).mul(255.0.Held()).round().permute(0, 2, 3, 1).contiguous().cpu();
        var bytes = values.to_type(ScalarType.Byte);
        var pictures = new List<RgbImage>(count);
        for (var i = 0; i < count; i++)
        {
            var pixels = bytes.bytes.Slice(i * height * width * 3, height * width * 3).ToArray();
            if (!isFinite[i].item<bool>() || !pixels.AsSpan().ContainsAnyExcept((byte)0))
            {
                throw new SamplingException($"{describe(i)} came out {(isFinite[i].item<bool>() ? "all black" : "with values that are not finite")}. Sample in float32, or with less guidance, or from a checkpoint that was trained with a lower learning rate.");
            }

            pictures.Add(new RgbImage(width, height, pixels));
        }

        return pictures;
    }
}
