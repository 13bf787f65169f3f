using Gal.Diffusion.Training;
using static TorchSharp.torch;

namespace Gal.Diffusion.Tests.Training;

public class AdamWTests
{
    // One value, one short of and one more than a vector, and more than one segment of the kernel.
    private static readonly long[] Lengths = [1, 7, 17, 70_001];

    [Fact]
    public void Step_KernelAndPlainPath_Agree()
    {
        using var scope = NewDisposeScope();
        var (kernel, plain) = (Parameters(), Parameters());
        using var fast = new AdamW(kernel);
        using var slow = new AdamW(plain, allowKernel: false);
        for (var step = 1; step <= 5; step++)
        {
            SetGradients(kernel, step);
            SetGradients(plain, step);
            Assert.Equal(slow.GradientNorm(), fast.GradientNorm(), slow.GradientNorm() * 1e-6);
            fast.Step(step, 1e-2, 0.1, 0.5);
            slow.Step(step, 1e-2, 0.1, 0.5);
        }

        foreach (var (expected, actual) in plain.Concat(slow.State).Zip(kernel.Concat(fast.State)))
        {
            TensorAssert.Close(expected.Tensor, actual.Tensor, 1e-6, expected.Name);
        }
    }

    [Fact]
    public void Step_KernelAndTorchSharpsOptimizer_Agree()
    {
        using var scope = NewDisposeScope();
        var (ours, theirs) = (Parameters(), Parameters());
        using var kernel = new AdamW(ours);
        var parameters = theirs.Select(entry => new TorchSharp.Modules.Parameter(entry.Tensor.detach().clone())).ToList();
        using var reference = optim.AdamW(parameters, lr: 1e-3, weight_decay: 0.01);
        for (var step = 1; step <= 4; step++)
        {
            SetGradients(ours, step);
            SetGradients([.. parameters.Select(parameter => new NamedTensor(string.Empty, parameter))], step);
            kernel.GradientNorm();
            kernel.Step(step, 1e-3, 0.01, 1);
            reference.step();
        }

        for (var i = 0; i < ours.Count; i++)
        {
            TensorAssert.Close(parameters[i], ours[i].Tensor, 1e-6, ours[i].Name);
        }
    }

    [Fact]
    public void GradientNorm_NotANumber_IsNotANumber()
    {
        using var scope = NewDisposeScope();
        var parameters = Parameters();
        using var optimizer = new AdamW(parameters);
        SetGradients(parameters, 1);
        parameters[^1].Tensor.grad![69_999] = float.NaN;
        Assert.True(double.IsNaN(optimizer.GradientNorm()));
    }

    [Fact]
    public void Step_ParameterWithoutGradient_IsUntouched()
    {
        using var scope = NewDisposeScope();
        var parameters = Parameters();
        using var optimizer = new AdamW(parameters);
        using var before = parameters[2].Tensor.detach().clone();
        Assert.Equal(0, optimizer.GradientNorm());
        optimizer.Step(1, 1e-2, 0.1, 1);
        TensorAssert.Close(before, parameters[2].Tensor, 0, "untouched");
    }

    private static List<NamedTensor> Parameters()
    {
        using var generator = new Generator(1);
        return [.. Lengths.Select(length => new NamedTensor($"p{length}", randn(length, generator: generator).requires_grad_(true)))];
    }

    private static void SetGradients(IReadOnlyList<NamedTensor> parameters, int step)
    {
        using var generator = new Generator((ulong)step);
        foreach (var parameter in parameters)
        {
            parameter.Tensor.grad = randn(parameter.Tensor.shape, generator: generator) * 3;
        }
    }
}
