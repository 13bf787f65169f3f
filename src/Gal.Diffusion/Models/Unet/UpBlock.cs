using Gal.Diffusion.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Unet;

/// <summary>Residual layers over the hidden states and the down blocks' outputs, with attention or without, and a doubling of the size in all but the last block.</summary>
internal sealed class UpBlock : nn.Module
{
    public readonly ModuleList<SpatialTransformer>? attentions;
    public readonly ModuleList<ResnetBlock> resnets;
    public readonly ModuleList<UpsampleLayer>? upsamplers;

    /// <param name="config">The whole model's.</param>
    /// <param name="block">0 is the coarsest.</param>
    /// <param name="timeEmbeddingSize">Width of the timestep's embedding.</param>
    public UpBlock(UNetConfig config, int block, long timeEmbeddingSize)
        : base(nameof(UpBlock))
    {
        var widths = config.BlockOutChannels.Reverse().ToArray();
        var last = widths.Length - 1;
        long channels = widths[block], previous = widths[Math.Max(block - 1, 0)], skipOfLast = widths[Math.Min(block + 1, last)];
        resnets = new ModuleList<ResnetBlock>([.. Enumerable.Range(0, config.LayersPerBlock + 1).Select(i => new ResnetBlock(
            (i == 0 ? previous : channels) + (i == config.LayersPerBlock ? skipOfLast : channels), channels, timeEmbeddingSize, config.NormNumGroups, config.NormEps))]);
        attentions = config.UpBlockTypes[block] == "CrossAttnUpBlock2D"
            ? new ModuleList<SpatialTransformer>([.. Enumerable.Range(0, config.LayersPerBlock + 1).Select(_ => new SpatialTransformer(channels, config.HeadCount(last - block), config))])
            : null;
        upsamplers = block < last ? new ModuleList<UpsampleLayer>(new UpsampleLayer(channels)) : null;
        RegisterComponents();
    }

    /// <param name="input">[batch, channels, height, width].</param>
    /// <param name="activatedTime">[batch, size].</param>
    /// <param name="context">[batch, tokens, context].</param>
    /// <param name="skips">Gives the down blocks' outputs, the latest first.</param>
    public Tensor Forward(Tensor input, Tensor activatedTime, Tensor context, Stack<Tensor> skips)
    {
        var hidden = input;
        for (var i = 0; i < resnets.Count; i++)
        {
            hidden = Layer(i, cat([hidden, skips.Pop()], 1), activatedTime, context);
        }
        return upsamplers is null ? hidden : upsamplers[0].call(hidden, skips.Peek().shape[2..]);
    }

    /// <summary>The same in parts.</summary>
    public IEnumerable<UnetPart> Parts() =>
    [
        .. Enumerable.Range(0, resnets.Count).Select(i => UnetPart.OfSkip((joined, time, context) => Layer(i, joined, time, context))),
        .. upsamplers is null ? Array.Empty<UnetPart>() : [UnetPart.OfSize((hidden, size) => upsamplers[0].call(hidden, size))],
    ];

    private Tensor Layer(int index, Tensor joined, Tensor activatedTime, Tensor context)
    {
        var hidden = resnets[index].call(joined, activatedTime);
        return attentions?[index].call(hidden, context) ?? hidden;
    }
}
