using Gal.Diffusion.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Unet;

/// <summary>Residual layers, with attention or without (CrossAttnDownBlock2D, DownBlock2D), and a halving of the size in all but the last block.</summary>
internal sealed class DownBlock : nn.Module
{
    public readonly ModuleList<SpatialTransformer>? attentions;
    public readonly ModuleList<ResnetBlock> resnets;
    public readonly ModuleList<DownsampleLayer>? downsamplers;

    public DownBlock(UNetConfig config, int block, long timeEmbeddingSize)
        : base(nameof(DownBlock))
    {
        var channels = config.BlockOutChannels[block];
        var inputChannels = config.BlockOutChannels[Math.Max(block - 1, 0)];
        resnets = new ModuleList<ResnetBlock>([.. Enumerable.Range(0, config.LayersPerBlock).Select(
            i => new ResnetBlock(i == 0 ? inputChannels : channels, channels, timeEmbeddingSize, config.NormNumGroups, config.NormEps))]);
        attentions = config.DownBlockTypes[block] == "CrossAttnDownBlock2D"
            ? new ModuleList<SpatialTransformer>([.. Enumerable.Range(0, config.LayersPerBlock).Select(_ => new SpatialTransformer(channels, config.HeadCount(block), config))])
            : null;
        downsamplers = block < config.BlockOutChannels.Length - 1 ? new ModuleList<DownsampleLayer>(new DownsampleLayer(channels, config.DownsamplePadding)) : null;
        RegisterComponents();
    }

    /// <param name="input">[batch, channels, height, width].</param>
    /// <param name="activatedTime">[batch, size].</param>
    /// <param name="context">[batch, tokens, context].</param>
    /// <param name="skips">Gets each layer's output, for the up block of the same size.</param>
    public Tensor Forward(Tensor input, Tensor activatedTime, Tensor context, Stack<Tensor> skips)
    {
        var hidden = input;
        for (var i = 0; i < resnets.Count; i++)
        {
            hidden = Layer(i, hidden, activatedTime, context);
            skips.Push(hidden);
        }
        if (downsamplers is not null)
        {
            hidden = downsamplers[0].call(hidden);
            skips.Push(hidden);
        }
        return hidden;
    }

    /// <summary>The same in parts.</summary>
    public IEnumerable<UnetPart> Parts() =>
    [
        .. Enumerable.Range(0, resnets.Count).Select(i => UnetPart.Of((hidden, time, context) => Layer(i, hidden, time, context), keeps: true)),
        .. downsamplers is null ? Array.Empty<UnetPart>() : [UnetPart.Of((hidden, _, _) => downsamplers[0].call(hidden), keeps: true)],
    ];

    private Tensor Layer(int index, Tensor hidden, Tensor activatedTime, Tensor context)
    {
        hidden = resnets[index].call(hidden, activatedTime);
        return attentions?[index].call(hidden, context) ?? hidden;
    }
}
