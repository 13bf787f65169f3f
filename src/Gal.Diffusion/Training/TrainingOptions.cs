using Gal.Diffusion.Pipelines;
using static TorchSharp.torch;

namespace Gal.Diffusion.Training;

/// <summary>What users of trainers expect beside the paper's settings; the defaults change nothing.</summary>
public sealed record TrainingOptions
{
    /// <summary>How the learning rate goes.</summary>
    public LearningRateSchedule Schedule { get; init; }

    /// <summary>Steps over which the rate rises, 0 or more.</summary>
    public int WarmupStepCount { get; init; }

    /// <summary>Steps of the whole training, which falling schedules end at; above the warm-up where a schedule falls.</summary>
    public int StepCount { get; init; }

    /// <summary>Cosines of <see cref="LearningRateSchedule.CosineWithRestarts"/>, 1 or more.</summary>
    public int CycleCount { get; init; } = 1;

    /// <summary>The power of <see cref="LearningRateSchedule.Polynomial"/>, above 0.</summary>
    public double Power { get; init; } = 1;

    /// <summary>γ of min-SNR weighting (Hang et al. 2023), above 0; null weights all timesteps alike.</summary>
    public double? MinSnrGamma { get; init; }

    /// <summary>o in ε + o · randn(batch, channels, 1, 1), 0 or more; lets a model learn very dark and very bright pictures.</summary>
    public double NoiseOffset { get; init; }

    /// <summary>Batches whose gradients are averaged for one optimizer step, 1 or more.</summary>
    public int GradientAccumulationCount { get; init; } = 1;

    /// <summary>A moving average of the weights; null for none.</summary>
    public EmaOptions? Ema { get; init; }

    /// <summary>Whether each picture of a batch is flipped left to right with probability one half. Not for subjects whose sides differ, such as writing.</summary>
    public bool HorizontalFlip { get; init; }

    /// <summary>Whether activations are computed a second time in the backward pass instead of kept: a quarter to two fifths more time for less memory.</summary>
    public bool GradientCheckpointing { get; init; }

    /// <summary>What the UNet computes in; the trained weights, the optimizer and the loss stay in float32.</summary>
    public ComputeDtype Dtype { get; init; }

    /// <summary>The UNet's format.</summary>
    internal ScalarType ScalarType => Dtype == ComputeDtype.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;

    /// <summary>min-SNR's factor of a picture's loss; 1 without it.</summary>
    internal double TimestepWeight(float signalToNoise, bool predictsVelocity) => MinSnrGamma is { } gamma
        ? Math.Min(signalToNoise, gamma) / (predictsVelocity ? signalToNoise + 1.0 : signalToNoise)
        : 1;

    /// <summary>Checks every value.</summary>
    /// <param name="require">Refuses a field: whether its rule holds, its name, its value, its rule.</param>
    internal void Check(Action<bool, string, object?, string> require)
    {
        var falls = Schedule is not (LearningRateSchedule.Constant or LearningRateSchedule.ConstantWithWarmup);
        require(WarmupStepCount >= 0, nameof(WarmupStepCount), WarmupStepCount, "be 0 or more");
        require(!falls || StepCount > WarmupStepCount, nameof(StepCount), StepCount, $"be above {nameof(WarmupStepCount)} ({WarmupStepCount}), because the schedule {Schedule} falls until then");
        require(CycleCount >= 1, nameof(CycleCount), CycleCount, "be at least 1");
        require(Power is > 0 and < double.PositiveInfinity, nameof(Power), Power, "be above 0");
        require(MinSnrGamma is null or > 0, nameof(MinSnrGamma), MinSnrGamma, "be above 0, or null for none");
        require(NoiseOffset is >= 0 and < double.PositiveInfinity, nameof(NoiseOffset), NoiseOffset, "be 0 or more");
        require(Dtype is ComputeDtype.Float32 or ComputeDtype.BFloat16, nameof(Dtype), Dtype, "be Float32 or BFloat16: gradients in Float16 underflow");
        require(GradientAccumulationCount >= 1, nameof(GradientAccumulationCount), GradientAccumulationCount, "be at least 1");
        require(Ema is null or { Decay: >= 0 and <= 1, InverseGamma: > 0, UpdateAfterStep: >= 0 }, nameof(Ema), Ema, "have a decay in [0, 1], an inverse gamma above 0 and begin at step 0 or later");
    }
}
