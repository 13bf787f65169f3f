using Gal.Diffusion.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Vae;

/// <summary>Self-attention of one head over the pixels, added to them.</summary>
internal sealed class VaeAttention : nn.Module<Tensor, Tensor>
{
    public readonly GroupNormLayer group_norm;
    public readonly LinearLayer to_q;
    public readonly LinearLayer to_k;
    public readonly LinearLayer to_v;
    public readonly ModuleList<LinearLayer> to_out;

    public VaeAttention(long channels, long groupCount)
        : base(nameof(VaeAttention))
    {
        group_norm = new GroupNormLayer(groupCount, channels, VaeMidBlock.NormEpsilon);
        to_q = new LinearLayer(channels, channels);
        to_k = new LinearLayer(channels, channels);
        to_v = new LinearLayer(channels, channels);
        to_out = new ModuleList<LinearLayer>(new LinearLayer(channels, channels));
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        var states = group_norm.call(input).flatten(2).transpose(1, 2);
        var attended = to_out[0].call(Attention.Of(to_q.call(states), to_k.call(states), to_v.call(states), headCount: 1));
        return attended.transpose(1, 2).reshape(input.shape) + input;
    }
}
