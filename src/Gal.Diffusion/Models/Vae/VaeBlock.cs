using Gal.Diffusion.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Vae;

/// <summary>Residual layers, then a halving (encoder) or a doubling (decoder) of the size in all but the last block.</summary>
internal sealed class VaeBlock : nn.Module<Tensor, Tensor>
{
    public readonly ModuleList<ResnetBlock> resnets;
    public readonly ModuleList<DownsampleLayer>? downsamplers;
    public readonly ModuleList<UpsampleLayer>? upsamplers;

    private VaeBlock(AutoencoderKlConfig config, long inputChannels, long channels, int layerCount, DownsampleLayer? downsample, UpsampleLayer? upsample)
        : base(nameof(VaeBlock))
    {
        resnets = new ModuleList<ResnetBlock>([.. Enumerable.Range(0, layerCount).Select(
            i => new ResnetBlock(i == 0 ? inputChannels : channels, channels, 0, config.NormNumGroups, VaeMidBlock.NormEpsilon))]);
        downsamplers = downsample is null ? null : new ModuleList<DownsampleLayer>(downsample);
        upsamplers = upsample is null ? null : new ModuleList<UpsampleLayer>(upsample);
        RegisterComponents();
    }

    /// <param name="config">The whole model's.</param>
    /// <param name="block">0 is the finest.</param>
    public static VaeBlock Encoder(AutoencoderKlConfig config, int block)
    {
        var channels = config.BlockOutChannels[block];
        var isLast = block == config.BlockOutChannels.Length - 1;
        return new VaeBlock(config, config.BlockOutChannels[Math.Max(block - 1, 0)], channels, config.LayersPerBlock, isLast ? null : new DownsampleLayer(channels, padding: 0), null);
    }

    /// <param name="config">The whole model's.</param>
    /// <param name="block">0 is the coarsest.</param>
    public static VaeBlock Decoder(AutoencoderKlConfig config, int block)
    {
        var widths = config.BlockOutChannels.Reverse().ToArray();
        var isLast = block == widths.Length - 1;
        return new VaeBlock(config, widths[Math.Max(block - 1, 0)], widths[block], config.LayersPerBlock + 1, null, isLast ? null : new UpsampleLayer(widths[block]));
    }

    public override Tensor forward(Tensor input)
    {
        // At the finest size a layer's output is the largest there is: it goes at the end of the block, not of the model.
        using var scope = NewDisposeScope();
        var hidden = resnets.Aggregate(input, (states, resnet) => resnet.call(states, null));
        hidden = downsamplers?[0].call(hidden) ?? hidden;
        return (upsamplers?[0].call(hidden, [hidden.shape[2] * 2, hidden.shape[3] * 2]) ?? hidden).MoveToOuterDisposeScope();
    }
}
