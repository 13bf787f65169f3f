using Gal.Diffusion.Pipelines;

namespace Gal.Diffusion.Training.Memory;

/// <summary>The most that one step's activations and gradients take together: activations go, part by part from the last to the first, as gradients come.</summary>
/// <param name="spec">Batch size and options.</param>
/// <param name="parts">The UNet's.</param>
/// <param name="trained">The trained values of a part.</param>
/// <param name="isFrozen">Whether the UNet's own weights stay.</param>
internal sealed class StepMemory(TrainingSpec spec, IReadOnlyList<(UnetPartSize Size, long Waiting)> parts, Func<UnetPartSize, long> trained, bool isFrozen)
{
    // Measured: gradients of activations while a part is passed backwards, as a share of what it kept; and what a frozen layer need not keep.
    private const double BackwardShare = 0.3;
    private const double FrozenShare = 0.85;

    // Measured: what the heap takes for so much, since freed stretches do not fit what comes next, and convolutions lay their weights out anew.
    internal const double HeapShare = 1.35;

    private const int GradientSize = 4;

    /// <summary>In bytes.</summary>
    public long Peak()
    {
        var pictures = (long)spec.BatchSize * (spec.Prior is null ? 1 : 2);
        var size = spec.Options.Dtype == ComputeDtype.BFloat16 ? 2 : 4;
        var isCheckpointed = spec.Options.GradientCheckpointing;
        var (peak, held) = (0.0, 0.0);
        var gradients = parts.Sum(part => trained(part.Size)) * GradientSize;
        foreach (var (part, waiting) in parts)
        {
            var kept = pictures * size * part.Kept * (isFrozen ? FrozenShare : 1);
            // float32 weights that compute in bfloat16 are copied for it.
            var casts = size == 2 && !isFrozen ? part.Weights * size : 0;
            var inside = kept + casts;
            held += isCheckpointed ? pictures * size * part.Output : inside;
            // The skips' gradients wait beside the skips, each in one piece with what it was joined with.
            var now = held + (isCheckpointed ? inside + (2 * pictures * size * waiting) : 0) + (BackwardShare * kept) + (trained(part) * GradientSize);
            peak = Math.Max(peak, now + gradients);
            // Accumulated gradients are there all the time.
            gradients -= spec.Options.GradientAccumulationCount > 1 ? 0 : trained(part) * GradientSize;
        }

        return (long)(peak * HeapShare);
    }
}
