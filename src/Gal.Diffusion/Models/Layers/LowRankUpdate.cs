using TorchSharp;
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

    private double _scale = 1;

    // Kept, because a Scalar made for one call can be collected while the call runs.
    private Scalar _factor;

    public LowRankUpdate(Tensor down, Tensor up, double alpha)
        : base(nameof(LowRankUpdate))
    {
        this.down = new Parameter(down);
        this.up = new Parameter(up);
        Alpha = alpha;
        _factor = Scalar(_scale);
        RegisterComponents();
    }

    /// <summary>The strength that the update was trained with; equal to the rank where nothing else is said.</summary>
    public double Alpha { get; }

    /// <summary>The user's own factor.</summary>
    public double Scale
    {
        get => _scale;
        set => (_scale, _factor) = (value, Scalar(value));
    }

    /// <summary>Applied to the input while training; null without dropout.</summary>
    public Func<Tensor, Tensor>? Dropout { get; set; }

    public long Rank => down.shape[0];

    public Tensor OfLinear(Tensor input) =>
        nn.functional.linear(nn.functional.linear(Dropout?.Invoke(input) ?? input, down.In(input.dtype).flatten(1)), up.In(input.dtype).flatten(1)) * _factor;

    public Tensor OfConvolution(Tensor input, long[] stride, long[] padding)
    {
        var convolved = nn.functional.conv2d(Dropout?.Invoke(input) ?? input, AsConvolution(down.In(input.dtype)), null, stride, padding);
        return nn.functional.conv2d(convolved, AsConvolution(up.In(input.dtype)), null) * _factor;
    }

    /// <summary>ΔW in the weight's shape, float32.</summary>
    public Tensor Delta(long[] shape)
    {
        using var scope = NewDisposeScope();
        var product = up.flatten(1).to(ScalarType.Float32).matmul(down.flatten(1).to(ScalarType.Float32));
        return (product * _factor).reshape(shape).MoveToOuterDisposeScope();
    }

    private Scalar Scalar(double scale) => scale * Alpha / Rank;

    private static Tensor AsConvolution(Tensor matrix) => matrix.dim() == 4 ? matrix : matrix.unsqueeze(2).unsqueeze(3);
}
