using Gal.Diffusion.Models;

namespace Gal.Diffusion.Training.Memory;

/// <summary>The VAE's size, in values.</summary>
internal static class VaeSizes
{
    /// <summary>Its parameters, encoder and decoder.</summary>
    public static long Weights(AutoencoderKlConfig config)
    {
        long[] widths = [.. config.BlockOutChannels.Select(width => (long)width)];
        var (coarsest, latents) = (widths[^1], (long)config.LatentChannels);
        var attention = config.MidBlockAddAttention ? (4 * ((coarsest * coarsest) + coarsest)) + (2 * coarsest) : 0;
        var middle = attention + (2 * Resnet(coarsest, coarsest));
        var encoder = UnetPartSize.Convolution(config.InChannels, widths[0], 9) + (2 * coarsest) + UnetPartSize.Convolution(coarsest, 2 * latents, 9) + middle;
        var decoder = UnetPartSize.Convolution(latents, coarsest, 9) + (2 * widths[0]) + UnetPartSize.Convolution(widths[0], config.OutChannels, 9) + middle;
        for (var block = 0; block < widths.Length; block++)
        {
            var resampling = block < widths.Length - 1 ? UnetPartSize.Convolution(widths[block], widths[block], 9) : 0;
            encoder += Resnet(widths[Math.Max(block - 1, 0)], widths[block]) + ((config.LayersPerBlock - 1) * Resnet(widths[block], widths[block])) + resampling;
            var upsampling = block > 0 ? UnetPartSize.Convolution(widths[block], widths[block], 9) : 0;
            decoder += Resnet(widths[Math.Min(block + 1, widths.Length - 1)], widths[block]) + (config.LayersPerBlock * Resnet(widths[block], widths[block])) + upsampling;
        }

        return encoder + decoder + (config.UseQuantConv ? UnetPartSize.Convolution(2 * latents, 2 * latents, 1) : 0) + (config.UsePostQuantConv ? UnetPartSize.Convolution(latents, latents, 1) : 0);
    }

    /// <summary>The most that the encoder's activations of one picture take: those of one residual layer, and the outputs that its block holds.</summary>
    /// <param name="config">The VAE's.</param>
    /// <param name="side">The picture's height and width.</param>
    public static long EncoderPeak(AutoencoderKlConfig config, long side)
    {
        long peak = 0, outputs = config.BlockOutChannels[0] * side * side;
        for (var block = 0; block < config.BlockOutChannels.Length; block++)
        {
            long width = config.BlockOutChannels[block], input = config.BlockOutChannels[Math.Max(block - 1, 0)], pixels = (side >> block) * (side >> block);
            for (var layer = 0; layer < config.LayersPerBlock; layer++)
            {
                peak = Math.Max(peak, outputs + Inside(layer == 0 ? input : width, width, pixels));
                outputs += width * pixels;
            }
        }

        return peak;
    }

    /// <summary>The most that the decoder's activations of one picture take: those of one residual layer, the outputs that its block holds, and those of all blocks before it.</summary>
    /// <param name="config">The VAE's.</param>
    /// <param name="side">The picture's height and width.</param>
    public static long DecoderPeak(AutoencoderKlConfig config, long side)
    {
        var coarsest = config.BlockOutChannels.Length - 1;
        long peak = 0, input = config.BlockOutChannels[^1], pixels = Pixels(coarsest);

        // The first convolution's output, and the middle block's.
        var outputs = 2 * input * pixels;
        for (var block = coarsest; block >= 0; block--)
        {
            long width = config.BlockOutChannels[block], inside = 0;
            pixels = Pixels(block);
            for (var layer = 0; layer <= config.LayersPerBlock; layer++)
            {
                // oneDNN lays a convolution's input and output out anew, which counts where the last layers have most of all.
                var from = layer == 0 ? input : width;
                peak = Math.Max(peak, outputs + inside + Inside(from, width, pixels) + ((from + width) * pixels));
                inside += width * pixels;
            }

            // Widened, and convolved.
            var widened = width * Pixels(Math.Max(block - 1, 0));
            peak = block > 0 ? Math.Max(peak, outputs + inside + (2 * widened)) : peak;
            outputs += widened;
            input = width;
        }

        // Norm and activation before the last convolution.
        return Math.Max(peak, outputs + (((2 * input) + config.OutChannels) * pixels));

        long Pixels(int block) => (side >> block) * (side >> block);
    }

    // Of a residual layer: norm, activation, convolution; again; both sides of the sum, and the sum.
    private static long Inside(long input, long output, long pixels) => ((2 * input) + (6 * output)) * pixels;

    private static long Resnet(long input, long output) => UnetPartSize.Resnet(input, output, 0, 0).Weights - output;
}
