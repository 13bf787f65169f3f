using Gal.Diffusion.Training;
using Gal.Training.Jobs;
using Gal.V1;

namespace Gal.Training.Memory;

/// <summary>What a training's memory depends on, beside the model and the method.</summary>
/// <param name="BatchSize">Samples a step.</param>
/// <param name="Resolution">Pixels; 0 for the model's own.</param>
/// <param name="HasPrior">Whether each sample is paired with a class picture.</param>
/// <param name="Options">Format, checkpointing, averages, accumulation.</param>
/// <param name="Preview">What is sampled on the way; null for nothing.</param>
internal sealed record MemorySettings(int BatchSize, int Resolution, bool HasPrior, TrainingOptions Options, TrainingPreview? Preview)
{
    /// <summary>Those of complete settings.</summary>
    public static MemorySettings Of(TrainingSettings settings, bool hasPrior) => new(settings.BatchSize, settings.Resolution, hasPrior, settings.ToOptions(), settings.ToPreview());

    /// <summary>As the trainers take it, without pictures.</summary>
    public TrainingSpec ToSpec(string folder) => new(folder, [])
    {
        BatchSize = BatchSize,
        Resolution = Resolution,
        Prior = HasPrior ? new(string.Empty, []) : null,
        Options = Options,
        Preview = Preview,
    };
}
