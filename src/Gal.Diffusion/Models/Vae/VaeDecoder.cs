using Gal.Diffusion.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Vae;

/// <summary>Latents → picture.</summary>
internal sealed class VaeDecoder : nn.Module<Tensor, Tensor>
{
    public readonly ConvolutionLayer conv_in;
    public readonly VaeMidBlock mid_block;
    public readonly ModuleList<VaeBlock> up_blocks;
    public readonly GroupNormLayer conv_norm_out;
    public readonly ConvolutionLayer conv_out;

    public VaeDecoder(AutoencoderKlConfig config)
        : base(nameof(VaeDecoder))
    {
        conv_in = new ConvolutionLayer(config.LatentChannels, config.BlockOutChannels[^1], 3, padding: 1);
        mid_block = new VaeMidBlock(config);
        up_blocks = new ModuleList<VaeBlock>([.. config.BlockOutChannels.Select((_, block) => VaeBlock.Decoder(config, block))]);
        conv_norm_out = new GroupNormLayer(config.NormNumGroups, config.BlockOutChannels[0], VaeMidBlock.NormEpsilon);
        conv_out = new ConvolutionLayer(config.BlockOutChannels[0], config.OutChannels, 3, padding: 1);
        RegisterComponents();
    }

    public override Tensor forward(Tensor latents)
    {
        var hidden = up_blocks.Aggregate(mid_block.call(conv_in.call(latents)), (states, block) => block.call(states));
        return conv_out.call(nn.functional.silu(conv_norm_out.call(hidden)));
    }
}
