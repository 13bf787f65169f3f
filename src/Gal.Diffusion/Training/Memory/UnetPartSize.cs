namespace Gal.Diffusion.Training.Memory;

/// <summary>How much a part of the UNet holds, in values; activations are those of one picture.</summary>
/// <param name="Weights">Its parameters.</param>
/// <param name="KeysAndValues">Those of them that Custom Diffusion trains.</param>
/// <param name="LowRank">Parameters of its low-rank updates for each unit of rank.</param>
/// <param name="Kept">What the backward pass needs of its forward pass, its output with it.</param>
/// <param name="Output">Its output.</param>
internal readonly record struct UnetPartSize(long Weights, long KeysAndValues, long LowRank, long Kept, long Output)
{
    /// <summary>Parts one after the other that are computed as one.</summary>
    public static UnetPartSize operator +(UnetPartSize first, UnetPartSize second) =>
        new(first.Weights + second.Weights, first.KeysAndValues + second.KeysAndValues, first.LowRank + second.LowRank, first.Kept + second.Kept, second.Output);

    /// <summary>A residual layer: both norms, both activations, the first convolution and the sum are kept.</summary>
    /// <param name="input">Channels in.</param>
    /// <param name="output">Channels out.</param>
    /// <param name="time">Width of the timestep's embedding.</param>
    /// <param name="pixels">Height times width.</param>
    public static UnetPartSize Resnet(long input, long output, long time, long pixels) => new(
        (2 * input) + Convolution(input, output, 9) + ((time + 1) * output) + (2 * output) + Convolution(output, output, 9) + (input == output ? 0 : Convolution(input, output, 1)),
        0,
        0,
        ((2 * input) + (4 * output)) * pixels,
        output * pixels);

    /// <summary>Transformer layers between two projections. Of a layer are kept: the three norms (3), queries, keys and values of the picture (3 + 1), what is attended to (2), both halves of
    /// the gated layer with the gate and the product (8 + 4 + 4), and the three sums (3); around them a norm, both projections and the sum (4).</summary>
    /// <param name="channels">Width.</param>
    /// <param name="context">Width of the prompt's states.</param>
    /// <param name="tokens">Of the prompt.</param>
    /// <param name="layers">Transformer layers.</param>
    /// <param name="pixels">Height times width.</param>
    public static UnetPartSize Transformer(long channels, long context, long tokens, int layers, long pixels)
    {
        var square = channels * channels;
        var keysAndValues = layers * 2 * context * channels;
        return new(
            (2 * channels) + (2 * (square + channels)) + keysAndValues + (layers * ((6 * channels) + (6 * square) + (2 * channels) + (12 * square) + (9 * channels))),
            keysAndValues,
            layers * ((4 * 2 * channels) + (2 * 2 * channels) + (2 * (context + channels))),
            (((28 * layers) + 4) * channels * pixels) + (layers * 2 * tokens * channels),
            channels * pixels);
    }

    /// <summary>A convolution of 3 × 3 that keeps its output, and where it doubles the size its widened input.</summary>
    public static UnetPartSize Resampling(long channels, long outputPixels, bool doubles) =>
        new(Convolution(channels, channels, 9), 0, 0, (doubles ? 2 : 1) * channels * outputPixels, channels * outputPixels);

    /// <summary>Parameters of a convolution with its bias.</summary>
    public static long Convolution(long input, long output, long area) => (input * output * area) + output;
}
