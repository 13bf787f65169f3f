using Gal.Diffusion.Runtime;
using static TorchSharp.torch;

namespace Gal.Diffusion.Training;

/// <summary>The moving average of parameters that someone else owns.</summary>
internal sealed class MovingAverage : IDisposable
{
    private readonly IReadOnlyList<NamedTensor> _parameters;
    private readonly EmaOptions _options;
    private readonly Tensor[] _shadows;

    public MovingAverage(IReadOnlyList<NamedTensor> parameters, EmaOptions options)
    {
        using var noGrad = no_grad();
        (_parameters, _options) = (parameters, options);
        _shadows = [.. parameters.Select(parameter => parameter.Tensor.detach().clone().DetachFromDisposeScope())];
    }

    /// <summary>The averages by name, for saving and for filling.</summary>
    public IEnumerable<NamedTensor> State => _parameters.Select((parameter, i) => new NamedTensor($"ema.{parameter.Name}", _shadows[i]));

    /// <summary>Takes in the weights after an optimizer step.</summary>
    /// <param name="optimizerStep">From 1.</param>
    public void Update(int optimizerStep)
    {
        using var noGrad = no_grad();
        var share = 1 - _options.DecayAt(optimizerStep);
        for (var i = 0; i < _shadows.Length; i++)
        {
            using var scope = NewDisposeScope();
            _shadows[i].sub_((_shadows[i] - _parameters[i].Tensor) * share.Held());
        }
    }

    /// <summary>Does something while the parameters hold the averages.</summary>
    public void WithAverages(Action work)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var weights = _parameters.Select(parameter => parameter.Tensor.detach().clone()).ToList();
        try
        {
            Fill(_shadows);
            work();
        }
        finally
        {
            Fill(weights);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Array.ForEach(_shadows, shadow => shadow.Dispose());

    private void Fill(IReadOnlyList<Tensor> values)
    {
        for (var i = 0; i < values.Count; i++)
        {
            _parameters[i].Tensor.copy_(values[i]);
        }
    }
}
