using Gal.Diffusion.Runtime;
using static TorchSharp.torch;

namespace Gal.Diffusion.Schedulers;

/// <summary>UniPC (Zhao et al. 2023, Algorithms 7 and 8), second order, B(h) = e^h - 1, predicting x_0.</summary>
internal sealed class UniPcScheduler : IScheduler
{
    private readonly SchedulerConfig _config;
    private readonly long[] _timesteps;
    private readonly SolverLevel[] _levels;
    private readonly TensorHistory _originals = new(capacity: 2);
    private readonly TensorHistory _samples = new(capacity: 1);
    private int _index;
    private int _order;

    public UniPcScheduler(NoiseSchedule schedule, int inferenceStepCount)
    {
        _config = schedule.Config;
        _timesteps = TimestepSpacing.ForSolver(_config, inferenceStepCount);
        _levels = SolverLevel.Of(SigmaTables.At(schedule, _timesteps.Select(t => (double)t)));
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
        var original = _levels[_index].Original(_config, modelOutput, sample);
        var corrected = _index > 0 ? Correct(original) : sample;
        _originals.Push(original);
        _samples.Push(corrected);
        _order = Math.Min(Math.Min(2, _timesteps.Length - _index), _index + 1);
        return Predict(corrected, _index++).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _originals.Dispose();
        _samples.Dispose();
    }

    // UniP: from this step's sample to the next one's.
    private Tensor Predict(Tensor sample, int index)
    {
        var (source, target) = (_levels[index], _levels[index + 1]);
        var h = target.Lambda - source.Lambda;
        var growth = ExpMinusOne(-h);
        var next = ((target.Sigma / source.Sigma).Held() * sample) - ((target.Alpha * growth).Held() * _originals[0]);
        if (_order == 2)
        {
            var ratio = (_levels[index - 1].Lambda - source.Lambda) / h;
            next -= (target.Alpha * growth).Held() * (0.5f.Held() * ((_originals[1] - _originals[0]) / ratio.Held()));
        }

        return next;
    }

    // UniC: the last step again, now that the model's answer at its end is known.
    private Tensor Correct(Tensor original)
    {
        var (source, target) = (_levels[_index - 1], _levels[_index]);
        var h = target.Lambda - source.Lambda;
        var growth = ExpMinusOne(-h);
        var next = ((target.Sigma / source.Sigma).Held() * _samples[0]) - ((target.Alpha * growth).Held() * _originals[0]);
        var change = original - _originals[0];
        if (_order == 1)
        {
            return next - ((target.Alpha * growth).Held() * (0.5f.Held() * change));
        }

        var ratio = (_levels[_index - 2].Lambda - source.Lambda) / h;
        var (older, newer) = Weights(-h, ratio, growth);
        return next - ((target.Alpha * growth).Held() * ((older.Held() * ((_originals[1] - _originals[0]) / ratio.Held())) + (newer.Held() * change)));
    }

    // Solves [1 1; r 1] ρ = b, where b_k = φ_{k+1}(hh) k! / B(h).
    private static (float Older, float Newer) Weights(float hh, float ratio, float growth)
    {
        var phi = (growth / hh) - 1;
        var first = phi / growth;
        phi = (phi / hh) - 0.5f;
        var second = phi * 2 / growth;
        var older = (first - second) / (1 - ratio);
        return (older, first - older);
    }

    private static float ExpMinusOne(float x) => (float)(float.IsNegativeInfinity(x) ? -1.0 : Math.Abs(x) < 1e-2 ? Series(x) : Math.Exp(x) - 1);

    // e^x - 1 near 0, where the difference would lose its digits.
    private static double Series(double x) => x * (1 + (x / 2 * (1 + (x / 3 * (1 + (x / 4 * (1 + (x / 5))))))));
}
