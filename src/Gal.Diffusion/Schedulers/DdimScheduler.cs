using Gal.Diffusion.Runtime;
using static TorchSharp.torch;

namespace Gal.Diffusion.Schedulers;

/// <summary>DDIM (Song et al. 2021, Eq. 12 and 16).</summary>
internal sealed class DdimScheduler(NoiseSchedule schedule, int inferenceStepCount, double eta) : IScheduler
{
    private readonly long[] _timesteps = TimestepSpacing.Whole(schedule.Config, inferenceStepCount, "leading");
    private int _index;

    /// <inheritdoc/>
    public IReadOnlyList<double> Timesteps => [.. _timesteps];

    /// <inheritdoc/>
    public double InitNoiseSigma => 1;

    /// <inheritdoc/>
    public Tensor ScaleModelInput(Tensor sample) => sample.alias();

    /// <inheritdoc/>
    public Tensor Step(Tensor modelOutput, Tensor sample, Func<Tensor> noise)
    {
        using var scope = NewDisposeScope();
        var timestep = _timesteps.At(_index++);
        var previousTimestep = timestep - (schedule.Config.NumTrainTimesteps / inferenceStepCount);
        var alphaProdT = schedule.AlphasCumprod[(int)timestep];                                                   // ᾱ_t
        var finalAlpha = schedule.Config.SetAlphaToOne ?? true ? 1 : schedule.AlphasCumprod[0];
        var alphaProdPrevious = previousTimestep >= 0 ? schedule.AlphasCumprod[(int)previousTimestep] : finalAlpha; // ᾱ_{t-1}
        var variance = (1 - alphaProdPrevious) / (1 - alphaProdT) * (1 - (alphaProdT / alphaProdPrevious));
        var deviation = (float)eta * MathF.Sqrt(variance);                                                        // σ_t

        var original = Prediction.Original(schedule.Config, modelOutput, sample, alphaProdT);
        var epsilon = schedule.Config.PredictsVelocity ? (MathF.Sqrt(alphaProdT).Held() * modelOutput) + (MathF.Sqrt(1 - alphaProdT).Held() * sample) : modelOutput;
        var direction = MathF.Sqrt(1 - alphaProdPrevious - (deviation * deviation)).Held() * epsilon;
        var previous = (MathF.Sqrt(alphaProdPrevious).Held() * original) + direction;
        if (eta > 0)
        {
            previous += deviation.Held() * noise();
        }

        return previous.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // No state but the index.
    }
}
