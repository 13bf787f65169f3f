using Gal.Diffusion.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Unet;

/// <summary>Residual layer, attention, residual layer at the coarsest size (UNetMidBlock2DCrossAttn).</summary>
internal sealed class MidBlock : nn.Module<Tensor, Tensor, Tensor, Tensor>
{
    public readonly ModuleList<SpatialTransformer> attentions;
    public readonly ModuleList<ResnetBlock> resnets;

    public MidBlock(UNetConfig config, long timeEmbeddingSize)
        : base(nameof(MidBlock))
    {
        var channels = config.BlockOutChannels[^1];
        attentions = new ModuleList<SpatialTransformer>(new SpatialTransformer(channels, config.HeadCount(config.BlockOutChannels.Length - 1), config));
        resnets = new ModuleList<ResnetBlock>([.. Enumerable.Range(0, 2).Select(_ => new ResnetBlock(channels, channels, timeEmbeddingSize, config.NormNumGroups, config.NormEps))]);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input, Tensor activatedTime, Tensor context) =>
        resnets[1].call(attentions[0].call(resnets[0].call(input, activatedTime), context), activatedTime);
}
