using Gal.Diffusion.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Vae;

/// <summary>Picture → mean and log-variance of its latents.</summary>
internal sealed class VaeEncoder : nn.Module<Tensor, Tensor>
{
    public readonly ConvolutionLayer conv_in;
    public readonly ModuleList<VaeBlock> down_blocks;
    public readonly VaeMidBlock mid_block;
    public readonly GroupNormLayer conv_norm_out;
    public readonly ConvolutionLayer conv_out;

    public VaeEncoder(AutoencoderKlConfig config)
        : base(nameof(VaeEncoder))
    {
        conv_in = new ConvolutionLayer(config.InChannels, config.BlockOutChannels[0], 3, padding: 1);
        down_blocks = new ModuleList<VaeBlock>([.. config.BlockOutChannels.Select((_, block) => VaeBlock.Encoder(config, block))]);
        mid_block = new VaeMidBlock(config);
        conv_norm_out = new GroupNormLayer(config.NormNumGroups, config.BlockOutChannels[^1], VaeMidBlock.NormEpsilon);
        conv_out = new ConvolutionLayer(config.BlockOutChannels[^1], config.LatentChannels * 2, 3, padding: 1);
        RegisterComponents();
    }

    public override Tensor forward(Tensor image)
    {
        var hidden = down_blocks.Aggregate(conv_in.call(image), (states, block) => block.call(states));
        return conv_out.call(nn.functional.silu(conv_norm_out.call(mid_block.call(hidden))));
    }
}
