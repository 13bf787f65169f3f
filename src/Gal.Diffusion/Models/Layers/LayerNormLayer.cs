using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Layers;

/// <summary>Normalises the last dimension.</summary>
internal sealed class LayerNormLayer : nn.Module<Tensor, Tensor>
{
    public readonly Parameter weight;
    public readonly Parameter bias;
    private readonly long[] _shape;
    private readonly double _epsilon;

    public LayerNormLayer(long size, double epsilon = 1e-5)
        : base(nameof(LayerNormLayer))
    {
        (_shape, _epsilon) = ([size], epsilon);
        weight = new Parameter(empty(size));
        bias = new Parameter(empty(size));
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => nn.functional.layer_norm(input, _shape, weight.In(input.dtype), bias.In(input.dtype), _epsilon);
}
