using Gal.Diffusion.Runtime;
using static TorchSharp.torch;

namespace Gal.Diffusion.Schedulers;

/// <summary>DDPM (Ho et al. 2020, Eq. 6-7), variance "fixed_small".</summary>
internal sealed class DdpmScheduler(NoiseSchedule schedule, int inferenceStepCount) : IScheduler
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
        var timestep = _timesteps.At(_index);
        var alphaProdT = schedule.AlphasCumprod[(int)timestep];                                                   // ᾱ_t
        var alphaProdPrevious = _index + 1 < _timesteps.Length ? schedule.AlphasCumprod[(int)_timesteps[_index + 1]] : 1; // ᾱ_{t-1}
        var (betaProdT, betaProdPrevious) = (1 - alphaProdT, 1 - alphaProdPrevious);
        var currentAlpha = alphaProdT / alphaProdPrevious;                                                        // α_t
        var currentBeta = 1 - currentAlpha;                                                                       // β_t
        _index++;

        var original = Prediction.Original(schedule.Config, modelOutput, sample, alphaProdT);
        var previous = ((MathF.Sqrt(alphaProdPrevious) * currentBeta / betaProdT).Held() * original)
            + ((MathF.Sqrt(currentAlpha) * betaProdPrevious / betaProdT).Held() * sample);
        if (timestep > 0)
        {
            var variance = MathF.Max(betaProdPrevious / betaProdT * currentBeta, 1e-20f);
            previous += MathF.Sqrt(variance).Held() * noise();
        }

        return previous.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // No state but the index.
    }
}
