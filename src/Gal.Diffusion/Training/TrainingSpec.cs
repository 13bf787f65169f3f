using Gal.Diffusion.Weights;

namespace Gal.Diffusion.Training;

/// <summary>What to train on, and how. The defaults are DreamBooth's.</summary>
/// <param name="ModelFolder">The pretrained model, a folder in Hugging Face layout.</param>
/// <param name="Samples">One or more pictures with their prompts and loss weights.</param>
public sealed record TrainingSpec(string ModelFolder, IReadOnlyList<WeightedSample> Samples)
{
    /// <summary>A safetensors file to start from in place of the folder's UNet; null for the folder's own.</summary>
    public string? UnetCheckpoint { get; init; }

    /// <summary>Pixels that pictures are scaled and cropped to, a multiple of the VAE's factor; 0 for the model's own size.</summary>
    public int Resolution { get; init; }

    /// <summary>Class pictures against forgetting; null for none.</summary>
    public PriorPreservation? Prior { get; init; }

    /// <summary>Samples a step, 1 or more.</summary>
    public int BatchSize { get; init; } = 1;

    /// <summary>AdamW's step size, above 0.</summary>
    public double LearningRate { get; init; } = 5e-6;

    /// <summary>AdamW's decoupled weight decay, 0 or more.</summary>
    public double WeightDecay { get; init; } = 0.01;

    /// <summary>The gradient's norm is clipped to this, above 0; null for no clipping.</summary>
    public double? MaxGradientNorm { get; init; } = 1;

    /// <summary>Seeds the one generator of order, posterior samples, noise and timesteps.</summary>
    public long Seed { get; init; }

    /// <summary>"cpu" or "cuda:N".</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Schedules, averages and the like; the defaults change nothing.</summary>
    public TrainingOptions Options { get; init; } = new();

    /// <summary>Pictures sampled while training; null for none.</summary>
    public TrainingPreview? Preview { get; init; }

    /// <summary>Height and width of the latents that are trained on.</summary>
    internal int LatentSize(ModelFolder folder) => Resolution > 0 ? Resolution / folder.Vae.DownscaleFactor : folder.Unet.SampleSize ?? 64;

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentException">One is outside its range; the message names it.</exception>
    internal void Check()
    {
        Require(Samples.Count > 0, nameof(Samples), "empty", "hold at least one picture");
        for (var i = 0; i < Samples.Count; i++)
        {
            Require(Samples[i].LossWeight is >= 0 and <= 1, $"{nameof(Samples)}[{i}].{nameof(WeightedSample.LossWeight)}", Samples[i].LossWeight, "lie in [0, 1]");
        }

        Require(Prior is null || Prior.ClassPictures.Count > 0, $"{nameof(Prior)}.{nameof(PriorPreservation.ClassPictures)}", "empty", "hold at least one picture");
        Require(Prior is null || Prior.LossWeight is >= 0 and < double.PositiveInfinity, $"{nameof(Prior)}.{nameof(PriorPreservation.LossWeight)}", Prior?.LossWeight, "be 0 or more");
        Require(Resolution >= 0, nameof(Resolution), Resolution, "be 0 or more");
        Require(BatchSize >= 1, nameof(BatchSize), BatchSize, "be at least 1");
        Require(LearningRate is > 0 and < double.PositiveInfinity, nameof(LearningRate), LearningRate, "be above 0");
        Require(WeightDecay is >= 0 and < double.PositiveInfinity, nameof(WeightDecay), WeightDecay, "be 0 or more");
        Require(MaxGradientNorm is null or > 0, nameof(MaxGradientNorm), MaxGradientNorm, "be above 0, or null for no clipping");
        Preview?.Check((holds, field, value, rule) => Require(holds, $"{nameof(Preview)}.{field}", value, rule));
        Options.Check((holds, field, value, rule) => Require(holds, $"{nameof(Options)}.{field}", value, rule));
    }

    private static void Require(bool holds, string field, object? value, string rule)
    {
        if (!holds)
        {
            throw new ArgumentException($"{field} is {value}; it must {rule}.");
        }
    }
}
