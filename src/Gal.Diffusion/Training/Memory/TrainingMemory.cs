using Gal.Diffusion.Pipelines;
using Gal.Diffusion.Weights;

namespace Gal.Diffusion.Training.Memory;

/// <summary>The memory that a training needs at its peak, in bytes, beside what its process has already. On a CPU within 15 % of what was measured (docs/own-model.md).</summary>
/// <param name="Weights">The UNet, and the text encoder where a word is learned.</param>
/// <param name="Optimizer">AdamW's two moments of everything that is trained.</param>
/// <param name="Average">The moving average; 0 without one.</param>
/// <param name="Step">The most that activations and gradients take together at any moment of a step.</param>
/// <param name="Preparation">The text encoder, the VAE and its activations, before the first step; they are gone when the steps begin.</param>
/// <param name="Preview">What sampling pictures on the way takes in a step's place, between two of them; 0 where none are sampled.</param>
public sealed record TrainingMemory(long Weights, long Optimizer, long Average, long Step, long Preparation, long Preview)
{
    private const int Float32Size = 4;

    // Fitted to measurements at Stable Diffusion 1.5's size: what preparing in bfloat16 takes beyond its parts, probably what a module made in float32 leaves in the heap.
    private const double ConversionShare = 0.3;

    // Code and buffers of the libraries that a first training loads.
    private const long Overhead = 24L << 20;

    /// <summary>The peak.</summary>
    public long Peak => Overhead + Weights + Math.Max(Optimizer + Average + Math.Max(Step, Preview), Preparation);

    /// <summary>Estimates a training.</summary>
    /// <param name="folder">The model.</param>
    /// <param name="spec">Resolution, batch size, class pictures, options and whether a preview is sampled count; the samples do not.</param>
    /// <param name="trained">What is trained.</param>
    /// <param name="rank">Of low-rank updates; not read otherwise.</param>
    public static TrainingMemory Estimate(ModelFolder folder, TrainingSpec spec, TrainedWeights trained, int rank = 0)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(spec);
        var parts = new UnetSizes(folder.Unet, folder.TextEncoder.MaxPositionEmbeddings).At(spec.LatentSize(folder));
        var text = TextEncoderSizes.Weights(folder.TextEncoder);
        var learnsWord = trained is TrainedWeights.Word or TrainedWeights.KeysAndValues;
        var isFrozen = trained is TrainedWeights.LowRankUpdates or TrainedWeights.Word;
        var unetSize = isFrozen && spec.Options.Dtype == ComputeDtype.BFloat16 ? 2 : Float32Size;
        var trainedBytes = parts.Sum(part => Trained(part.Size, trained, rank)) * Float32Size;
        var values = parts.Sum(part => part.Size.Weights);
        var encoding = (learnsWord ? 0 : text) + (long)(VaeSizes.EncoderPeak(folder.Vae, spec.LatentSize(folder) * folder.Vae.DownscaleFactor) * StepMemory.HeapShare) + VaeSizes.Weights(folder.Vae);
        var converted = unetSize < Float32Size ? (long)(ConversionShare * values) : 0;
        return new(
            (values * unetSize) + (learnsWord ? text * Float32Size : 0),
            2 * trainedBytes,
            spec.Options.Ema is null ? 0 : trainedBytes,
            new StepMemory(spec, parts, part => Trained(part, trained, rank), isFrozen).Peak() + (learnsWord ? TextEncoderSizes.Step(folder.TextEncoder, (long)spec.BatchSize * (spec.Prior is null ? 1 : 2)) * Float32Size : 0),
            (encoding + converted) * Float32Size,
            // While averages stand in for the weights, those wait.
            spec.Preview is null ? 0 : new PreviewMemory(folder, spec, parts, isFrozen).Peak() + (spec.Options.Ema is null ? 0 : trainedBytes));
    }

    private static long Trained(UnetPartSize part, TrainedWeights trained, int rank) => trained switch
    {
        TrainedWeights.Unet => part.Weights,
        TrainedWeights.LowRankUpdates => part.LowRank * rank,
        TrainedWeights.KeysAndValues => part.KeysAndValues,
        _ => 0,
    };
}
