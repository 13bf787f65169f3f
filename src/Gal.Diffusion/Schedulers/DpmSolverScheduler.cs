using Gal.Diffusion.Runtime;
using static TorchSharp.torch;

namespace Gal.Diffusion.Schedulers;

/// <summary>DPM-Solver++ 2M, midpoint (Lu et al. 2022, Algorithm 2); the first and the last step are of first order.</summary>
internal sealed class DpmSolverScheduler : IScheduler
{
    private readonly SchedulerConfig _config;
    private readonly long[] _timesteps;
    private readonly SolverLevel[] _levels;
    private readonly TensorHistory _originals = new(capacity: 2);
    private int _index;

    public DpmSolverScheduler(NoiseSchedule schedule, int inferenceStepCount, bool karras)
    {
        _config = schedule.Config;
        var plain = TimestepSpacing.ForSolver(_config, inferenceStepCount);
        var (sigmas, timesteps) = karras ? SigmaTables.Karras(schedule, inferenceStepCount) : (SigmaTables.At(schedule, plain.Select(t => (double)t)), plain);
        _timesteps = timesteps;
        _levels = SolverLevel.Of(sigmas);
    }

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
        _timesteps.At(_index);
        var (source, target) = (_levels[_index], _levels[_index + 1]);
        _originals.Push(source.Original(_config, modelOutput, sample));
        var h = target.Lambda - source.Lambda;
        var decay = target.Alpha * SolverLevel.Decay(-h);
        var next = ((target.Sigma / source.Sigma).Held() * sample) - (decay.Held() * _originals[0]);
        if (_index > 0 && _index + 1 < _timesteps.Length)
        {
            var r0 = (source.Lambda - _levels[_index - 1].Lambda) / h;
            next -= (0.5f * decay).Held() * ((1 / r0).Held() * (_originals[0] - _originals[1]));
        }

        _index++;
        return next.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => _originals.Dispose();
}
