using Gal.Diffusion.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Gal.Diffusion.Training;

/// <summary>AdamW (Loshchilov and Hutter 2019, Algorithm 2) with the gradient's norm clipped first, over parameters that someone else owns.</summary>
internal sealed class AdamW : IDisposable
{
    internal const double Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8;

    private readonly IReadOnlyList<NamedTensor> _parameters;
    private readonly Tensor[] _means;       // m
    private readonly Tensor[] _variances;   // v
    private readonly AdamWKernel? _kernel;

    /// <param name="parameters">Borrowed; each a leaf that gradients are asked of.</param>
    /// <param name="allowKernel">False takes libtorch's operations, as on a graphics card; they serve as the plain path that the kernel is tested against.</param>
    public AdamW(IReadOnlyList<NamedTensor> parameters, bool allowKernel = true)
    {
        _parameters = parameters;
        _means = [.. parameters.Select(parameter => zeros_like(parameter.Tensor).DetachFromDisposeScope())];
        _variances = [.. parameters.Select(parameter => zeros_like(parameter.Tensor).DetachFromDisposeScope())];
        var fits = parameters.All(parameter => parameter.Tensor.device_type == DeviceType.CPU && parameter.Tensor.dtype == ScalarType.Float32 && parameter.Tensor.is_contiguous());
        _kernel = allowKernel && fits ? new AdamWKernel([.. parameters.Select(parameter => parameter.Tensor)], _means, _variances) : null;
    }

    /// <summary>The optimizer's own state by name, for saving and for filling.</summary>
    public IEnumerable<NamedTensor> State => _parameters.SelectMany((parameter, i) => new[]
    {
        new NamedTensor($"exp_avg.{parameter.Name}", _means[i]),
        new NamedTensor($"exp_avg_sq.{parameter.Name}", _variances[i]),
    });

    /// <summary>The norm of all gradients together.</summary>
    public double GradientNorm()
    {
        using var noGrad = no_grad();
        if (_kernel is not null)
        {
            return _kernel.GradientNorm();
        }

        using var scope = NewDisposeScope();
        return Math.Sqrt(_parameters.Sum(parameter => parameter.Tensor.grad is { } grad ? grad.to_type(ScalarType.Float64).square().sum().item<double>() : 0));
    }

    /// <summary>One step.</summary>
    /// <param name="step">t, from 1.</param>
    /// <param name="learningRate">The step size.</param>
    /// <param name="weightDecay">Decoupled: p ← p (1 - lr · decay).</param>
    /// <param name="gradientScale">What gradients are multiplied by first.</param>
    public void Step(int step, double learningRate, double weightDecay, double gradientScale)
    {
        using var noGrad = no_grad();
        var settings = new AdamWStep(
            (float)gradientScale,
            (float)(1 - (learningRate * weightDecay)),
            (float)(learningRate / (1 - Math.Pow(Beta1, step))),
            (float)Math.Sqrt(1 - Math.Pow(Beta2, step)));
        if (_kernel is not null)
        {
            _kernel.Step(settings);
            return;
        }

        for (var i = 0; i < _parameters.Count; i++)
        {
            StepPlainly(settings, _parameters[i].Tensor, _means[i], _variances[i]);
        }
    }

    /// <summary>Lets go of all gradients.</summary>
    public void ClearGradients()
    {
        foreach (var parameter in _parameters)
        {
            parameter.Tensor.grad = null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Array.ForEach(_means, mean => mean.Dispose());
        Array.ForEach(_variances, variance => variance.Dispose());
    }

    private static void StepPlainly(AdamWStep settings, Tensor parameter, Tensor mean, Tensor variance)
    {
        using var scope = NewDisposeScope();
        if (parameter.grad is not { } grad)
        {
            return;
        }

        var scaled = grad.to_type(parameter.dtype) * settings.GradientScale.Held();
        parameter.mul_(settings.Decay.Held());
        mean.add_((scaled - mean) * ((float)(1 - Beta1)).Held());
        variance.mul_(((float)Beta2).Held()).add_(scaled * scaled * ((float)(1 - Beta2)).Held());
        parameter.sub_(settings.StepSize.Held() * mean / ((variance.sqrt() / settings.RootCorrection.Held()) + ((float)Epsilon).Held()));
    }
}
