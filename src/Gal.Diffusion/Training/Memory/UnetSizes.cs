using Gal.Diffusion.Models;

namespace Gal.Diffusion.Training.Memory;

/// <summary>The sizes of the UNet's parts, in the order and of the extent of <see cref="UNet2DConditionModel.Parts"/>.</summary>
/// <param name="config">The model's.</param>
/// <param name="tokens">Of a prompt.</param>
internal sealed class UnetSizes(UNetConfig config, long tokens)
{
    private readonly List<UnetPartSize> _parts = [];
    private readonly List<long> _stateValues = [];
    private readonly Stack<(long Channels, long Side)> _skips = new();

    /// <summary>The parts.</summary>
    /// <param name="side">The latents' height and width.</param>
    /// <returns>Each part, with the values of the skips that wait when it begins.</returns>
    public IReadOnlyList<(UnetPartSize Size, long Waiting)> At(long side)
    {
        _parts.Clear();
        _stateValues.Clear();
        _skips.Clear();
        var widths = config.BlockOutChannels;
        long first = widths[0], time = first * 4, channels = first;
        Add(new(UnetPartSize.Convolution(config.InChannels, first, 9) + ((first + 1) * time) + ((time + 1) * time), 0, 0, (config.InChannels + first) * side * side, first * side * side));
        _skips.Push((first, side));
        for (var block = 0; block < widths.Length; block++)
        {
            for (var layer = 0; layer < config.LayersPerBlock; layer++)
            {
                Add(Layer(channels, channels = widths[block], config.DownBlockTypes[block] == "CrossAttnDownBlock2D", side));
                _skips.Push((channels, side));
            }

            if (block < widths.Length - 1)
            {
                side = (side + 1) / 2;
                Add(UnetPartSize.Resampling(channels, side * side, doubles: false));
                _skips.Push((channels, side));
            }
        }

        Add(Layer(channels, channels, true, side) + UnetPartSize.Resnet(channels, channels, time, side * side));
        for (var block = 0; block < widths.Length; block++)
        {
            for (var layer = 0; layer <= config.LayersPerBlock; layer++)
            {
                var joined = channels + _skips.Pop().Channels;
                channels = widths[^(block + 1)];
                var size = Layer(joined, channels, config.UpBlockTypes[block] == "CrossAttnUpBlock2D", side);
                Add(size with { Kept = size.Kept + (joined * side * side) });
            }

            if (block < widths.Length - 1)
            {
                side = _skips.Peek().Side;
                Add(UnetPartSize.Resampling(channels, side * side, doubles: true));
            }
        }

        Add(new((2 * first) + UnetPartSize.Convolution(first, config.OutChannels, 9), 0, 0, ((2 * first) + config.OutChannels) * side * side, config.OutChannels * side * side));
        return [.. _parts.Zip(_stateValues)];

        UnetPartSize Layer(long input, long output, bool attends, long at)
        {
            var resnet = UnetPartSize.Resnet(input, output, time, at * at);
            return attends ? resnet + UnetPartSize.Transformer(output, config.CrossAttentionDim, tokens, config.TransformerLayersPerBlock, at * at) : resnet;
        }
    }

    private void Add(UnetPartSize part)
    {
        _parts.Add(part);
        _stateValues.Add(_skips.Sum(skip => skip.Channels * skip.Side * skip.Side));
    }
}
