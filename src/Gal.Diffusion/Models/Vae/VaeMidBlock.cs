using Gal.Diffusion.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Vae;

/// <summary>Residual layer, attention, residual layer at the coarsest size.</summary>
internal sealed class VaeMidBlock : nn.Module<Tensor, Tensor>
{
    /// <summary>Added to the variances of every norm of the VAE.</summary>
    public const double NormEpsilon = 1e-6;

    public readonly ModuleList<VaeAttention>? attentions;
    public readonly ModuleList<ResnetBlock> resnets;

    public VaeMidBlock(AutoencoderKlConfig config)
        : base(nameof(VaeMidBlock))
    {
        var channels = config.BlockOutChannels[^1];
        attentions = config.MidBlockAddAttention ? new ModuleList<VaeAttention>(new VaeAttention(channels, config.NormNumGroups)) : null;
        resnets = new ModuleList<ResnetBlock>([.. Enumerable.Range(0, 2).Select(_ => new ResnetBlock(channels, channels, 0, config.NormNumGroups, NormEpsilon))]);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var hidden = resnets[0].call(input, null);
        return resnets[1].call(attentions?[0].call(hidden) ?? hidden, null).MoveToOuterDisposeScope();
    }
}
