using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Layers;

/// <summary>LoRA's ΔW = scale · alpha / rank · B A, added to a layer's output as B(A(x)).</summary>
internal sealed class LowRankUpdate : nn.Module
{
    /// <summary>A: [rank, input] or [rank, input, height, width].</summary>
    public readonly Parameter down;

    /// <summary>B: [output, rank] or [output, rank, 1, 1].</summary>
    public readonly Parameter up;

    public LowRankUpdate(Tensor down, Tensor up, double alpha)
        : base(nameof(LowRankUpdate))
    {
        this.down = new Parameter(down);
        this.up = new Parameter(up);
        Alpha = alpha;
        RegisterComponents();
    }

    /// <summary>The strength that the update was trained with; equal to the rank where nothing else is said.</summary>
    public double Alpha { get; }

    /// <summary>The user's own factor.</summary>
    public double Scale { get; set; } = 1;

    /// <summary>Applied to the input while training; null without dropout.</summary>
    public Func<Tensor, Tensor>? Dropout { get; set; }

    public long Rank => down.shape[0];

    private double Factor => Scale * Alpha / Rank;

    public Tensor OfLinear(Tensor input) => nn.functional.linear(nn.functional.linear(Dropout?.Invoke(input) ?? input, down.flatten(1)), up.flatten(1)) * Factor;

    public Tensor OfConvolution(Tensor input, long[] stride, long[] padding)
    {
        var convolved = nn.functional.conv2d(Dropout?.Invoke(input) ?? input, AsConvolution(down), null, stride, padding);
        return nn.functional.conv2d(convolved, AsConvolution(up), null) * Factor;
    }

    /// <summary>ΔW in the weight's shape, float32.</summary>
    public Tensor Delta(long[] shape)
    {
        using var scope = NewDisposeScope();
        var product = up.flatten(1).to(ScalarType.Float32).matmul(down.flatten(1).to(ScalarType.Float32));
        return (product * Factor).reshape(shape).MoveToOuterDisposeScope();
    }

    private static Tensor AsConvolution(Tensor matrix) => matrix.dim() == 4 ? matrix : matrix.unsqueeze(2).unsqueeze(3);
}
