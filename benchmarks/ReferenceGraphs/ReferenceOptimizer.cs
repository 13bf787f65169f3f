using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Gal.Benchmarks.ReferenceGraphs;

/// <summary>
/// clip_grad_norm_ and AdamW with PyTorch's own operations, tensor after tensor (torch.optim's _single_tensor_adamw, its default on a CPU): TorchSharp's optimizer
/// takes several times as long, and a comparison with it would flatter ours.
/// </summary>
internal sealed class ReferenceOptimizer(IReadOnlyList<Parameter> parameters) : IDisposable
{
    private const double Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8;

    private readonly Tensor[] _means = [.. parameters.Select(parameter => zeros_like(parameter).DetachFromDisposeScope())];
    private readonly Tensor[] _variances = [.. parameters.Select(parameter => zeros_like(parameter).DetachFromDisposeScope())];
    private readonly Tensor _meanWeight = tensor((float)(1 - Beta1)).DetachFromDisposeScope();
    private int _step;

    /// <summary>Clips the gradients' norm to 1, steps, and lets the gradients go.</summary>
    public void Step(double learningRate, double weightDecay)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        _step++;
        var stepSize = learningRate / (1 - Math.Pow(Beta1, _step));
        var rootCorrection = Math.Sqrt(1 - Math.Pow(Beta2, _step));
        var gradients = parameters.Select(parameter => parameter.grad!).ToArray();
        var factor = (1 / (linalg.norm(stack([.. gradients.Select(gradient => linalg.norm(gradient))])) + 1e-6)).clamp(max: 1);
        for (var i = 0; i < gradients.Length; i++)
        {
            var (parameter, gradient) = (parameters[i], gradients[i].mul_(factor));
            parameter.mul_(1 - (learningRate * weightDecay));
            _means[i].lerp_(gradient, _meanWeight);
            _variances[i].mul_(Beta2).addcmul_(gradient, gradient, 1 - Beta2);
            var denominator = _variances[i].sqrt().div_(rootCorrection).add_(Epsilon);
            parameter.addcdiv_(_means[i], denominator, -stepSize);
            parameter.grad = null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Array.ForEach(_means, mean => mean.Dispose());
        Array.ForEach(_variances, variance => variance.Dispose());
        _meanWeight.Dispose();
    }
}
