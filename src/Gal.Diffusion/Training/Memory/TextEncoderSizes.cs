using Gal.Diffusion.Models;

namespace Gal.Diffusion.Training.Memory;

/// <summary>The text encoder's size.</summary>
internal static class TextEncoderSizes
{
    /// <summary>Its parameters.</summary>
    public static long Weights(ClipTextConfig config)
    {
        long width = config.HiddenSize, inner = config.IntermediateSize;
        var layer = (4 * ((width * width) + width)) + (2 * width * inner) + inner + width + (4 * width);
        return ((config.VocabSize + config.MaxPositionEmbeddings) * width) + (config.NumHiddenLayers * layer) + (2 * width);
    }

    /// <summary>The gradient of its word table, and the activations of prompts: of a layer two norms, queries, keys, values, what is attended to, two sums and thrice the inner width.</summary>
    public static long Step(ClipTextConfig config, long prompts)
    {
        long width = config.HiddenSize, inner = config.IntermediateSize;
        return (config.VocabSize * width) + (prompts * config.MaxPositionEmbeddings * config.NumHiddenLayers * ((8 * width) + (3 * inner)));
    }
}
