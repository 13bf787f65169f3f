using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Layers;

/// <summary>Normalises groups of channels.</summary>
internal sealed class GroupNormLayer : nn.Module<Tensor, Tensor>
{
    public readonly Parameter weight;
    public readonly Parameter bias;
    private readonly long _groupCount;
    private readonly double _epsilon;

    public GroupNormLayer(long groupCount, long channels, double epsilon)
        : base(nameof(GroupNormLayer))
    {
        (_groupCount, _epsilon) = (groupCount, epsilon);
        weight = new Parameter(empty(channels));
        bias = new Parameter(empty(channels));
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => nn.functional.group_norm(input, _groupCount, weight.In(input.dtype), bias.In(input.dtype), _epsilon);
}
