using Gal.Diffusion.Runtime;
using static TorchSharp.torch;

namespace Gal.Diffusion.Schedulers;

/// <summary>PNDM's linear multistep part (Liu et al. 2022, Eq. 9 and 11); the second timestep is asked twice to begin.</summary>
internal sealed class PndmScheduler : IScheduler
{
    private readonly NoiseSchedule _schedule;
    private readonly long[] _timesteps;
    private readonly int _stride;
    private readonly TensorHistory _epsilons = new(capacity: 4);
    private Tensor? _first;
    private int _index;

    public PndmScheduler(NoiseSchedule schedule, int inferenceStepCount)
    {
        _schedule = schedule;
        _stride = schedule.Config.NumTrainTimesteps / inferenceStepCount;
        var plain = TimestepSpacing.Whole(schedule.Config, inferenceStepCount, "leading");
        _timesteps = plain.Length > 1 ? [plain[0], plain[1], .. plain[1..]] : plain;
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
        var timestep = _timesteps.At(_index);
        if (_index != 1)
        {
            _epsilons.Push(modelOutput);
        }

        var (from, to) = _index == 1 ? (timestep + _stride, timestep) : (timestep, timestep - _stride);
        var start = _index == 1 ? _first! : sample;
        var epsilon = _index == 1 ? (modelOutput + _epsilons[0]) / 2.0.Held() : Multistep();
        if (_index == 0)
        {
            _first = sample.alias().DetachFromDisposeScope();
        }

        _index++;
        return Transfer(start, from, to, epsilon).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _first?.Dispose();
        _epsilons.Dispose();
    }

    // Adams-Bashforth of the order that the history allows.
    private Tensor Multistep() => _epsilons.Count switch
    {
        1 => _epsilons[0],
        2 => ((3.0.Held() * _epsilons[0]) - _epsilons[1]) / 2.0.Held(),
        3 => ((23.0.Held() * _epsilons[0]) - (16.0.Held() * _epsilons[1]) + (5.0.Held() * _epsilons[2])) / 12.0.Held(),
        _ => (1.0 / 24).Held() * ((55.0.Held() * _epsilons[0]) - (59.0.Held() * _epsilons[1]) + (37.0.Held() * _epsilons[2]) - (9.0.Held() * _epsilons[3])),
    };

    private Tensor Transfer(Tensor sample, long from, long to, Tensor modelOutput)
    {
        var alphaProdT = _schedule.AlphasCumprod[(int)from];                                                       // ᾱ_t
        var finalAlpha = _schedule.Config.SetAlphaToOne ?? false ? 1 : _schedule.AlphasCumprod[0];
        var alphaProdPrevious = to >= 0 ? _schedule.AlphasCumprod[(int)to] : finalAlpha;                           // ᾱ_{t-δ}
        var (betaProdT, betaProdPrevious) = (1 - alphaProdT, 1 - alphaProdPrevious);
        var epsilon = _schedule.Config.PredictsVelocity ? (MathF.Sqrt(alphaProdT).Held() * modelOutput) + (MathF.Sqrt(betaProdT).Held() * sample) : modelOutput;
        var denominator = (alphaProdT * MathF.Sqrt(betaProdPrevious)) + MathF.Sqrt(alphaProdT * betaProdT * alphaProdPrevious);
        return (MathF.Sqrt(alphaProdPrevious / alphaProdT).Held() * sample) - ((alphaProdPrevious - alphaProdT).Held() * epsilon / denominator.Held());
    }
}
