using Gal.Diffusion.Pipelines;
using Gal.Diffusion.Weights;

namespace Gal.Diffusion.Training.Memory;

/// <summary>What sampling a preview takes between two steps, when activations and gradients are gone: the larger of a UNet call and of a decoded picture. Pictures are sampled one by one.</summary>
/// <param name="folder">The model.</param>
/// <param name="spec">The training, with a preview or without.</param>
/// <param name="parts">The UNet's.</param>
/// <param name="isFrozen">Whether the UNet's own weights stay.</param>
internal sealed class PreviewMemory(ModelFolder folder, TrainingSpec spec, IReadOnlyList<(UnetPartSize Size, long Waiting)> parts, bool isFrozen)
{
    private const int Float32Size = 4;

    /// <summary>In bytes; 0 without a preview.</summary>
    public long Peak() => spec.Preview is { } preview ? Math.Max(Call(preview.GuidanceScale > 1 ? 2 : 1), Decode()) : 0;

    // No gradient needs what a part computes, but the outputs of parts stay until the call ends: a residual layer's and its attention's.
    private long Call(long pictures)
    {
        var size = spec.Options.Dtype == ComputeDtype.BFloat16 ? 2 : Float32Size;
        var (peak, held) = (0L, 0L);
        foreach (var (part, _) in parts)
        {
            var casts = size < Float32Size && !isFrozen ? part.Weights * size : 0;
            peak = Math.Max(peak, held + (pictures * size * part.Kept) + casts);
            held += 2 * pictures * size * part.Output;
        }

        return (long)(peak * StepMemory.HeapShare);
    }

    private long Decode() =>
        (VaeSizes.Weights(folder.Vae) + (long)(VaeSizes.DecoderPeak(folder.Vae, spec.LatentSize(folder) * folder.Vae.DownscaleFactor) * StepMemory.HeapShare)) * Float32Size;
}
