using Gal.Diffusion.Runtime;
using static TorchSharp.torch;

namespace Gal.Diffusion.Schedulers;

/// <summary>Euler's method (Karras et al. 2022, Algorithm 2 without churn), and its ancestral form that puts noise back each step.</summary>
internal sealed class EulerScheduler : IScheduler
{
    private readonly SchedulerConfig _config;
    private readonly float[] _timesteps;
    private readonly float[] _sigmas;
    private readonly bool _ancestral;
    private int _index;

    public EulerScheduler(NoiseSchedule schedule, int inferenceStepCount, bool ancestral)
    {
        _config = schedule.Config;
        _ancestral = ancestral;
        _timesteps = TimestepSpacing.Fractional(_config, inferenceStepCount);
        _sigmas = SigmaTables.At(schedule, _timesteps.Select(t => (double)t));
    }

    /// <inheritdoc/>
    public IReadOnlyList<double> Timesteps => [.. _timesteps];

    /// <inheritdoc/>
    public double InitNoiseSigma => _config.TimestepSpacing == "leading" ? MathF.Sqrt((_sigmas[0] * _sigmas[0]) + 1) : _sigmas[0];

    /// <inheritdoc/>
    public Tensor ScaleModelInput(Tensor sample)
    {
        ArgumentNullException.ThrowIfNull(sample);
        return sample / MathF.Sqrt((_sigmas[_index] * _sigmas[_index]) + 1).Held();
    }

    /// <inheritdoc/>
    public Tensor Step(Tensor modelOutput, Tensor sample, Func<Tensor> noise)
    {
        if (_index == _timesteps.Length)
        {
            throw new InvalidOperationException($"All {_timesteps.Length} steps were taken; a scheduler serves one trajectory.");
        }

        using var scope = NewDisposeScope();
        var (sigma, next) = (_sigmas[_index], _sigmas[_index + 1]);
        _index++;
        var derivative = (sample - Prediction.OriginalAtSigma(_config, modelOutput, sample, sigma)) / sigma.Held();
        if (!_ancestral)
        {
            return (sample + (derivative * (next - sigma).Held())).MoveToOuterDisposeScope();
        }

        var up = MathF.Sqrt(next * next * ((sigma * sigma) - (next * next)) / (sigma * sigma));
        var down = MathF.Sqrt((next * next) - (up * up));
        return (sample + (derivative * (down - sigma).Held()) + (noise() * up.Held())).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // No state but the index.
    }
}
