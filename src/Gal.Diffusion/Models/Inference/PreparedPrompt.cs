using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Inference;

/// <summary>What a <see cref="NoisePredictor"/> keeps of a batch of prompts over the steps of a request.</summary>
public sealed class PreparedPrompt : IDisposable
{
    internal PreparedPrompt(PromptAttention[] layers, long batchSize) => (Layers, BatchSize) = (layers, batchSize);

    /// <summary>Prompts in the batch.</summary>
    public long BatchSize { get; }

    /// <summary>Keys and values of every attention layer, in order of use.</summary>
    internal PromptAttention[] Layers { get; }

    /// <summary>The hidden states themselves, where a predictor attends to them anew each step.</summary>
    internal Tensor? HiddenStates { get; init; }

    /// <summary>The picture itself, where a predictor attends to it anew each step. Borrowed.</summary>
    internal PictureTokens? Picture { get; init; }

    /// <summary>A sample must be of the prompts' batch or of a part that can be repeated.</summary>
    /// <exception cref="ArgumentException">It is not.</exception>
    internal void Check(Tensor sample)
    {
        if (sample.shape[0] == 0 || BatchSize % sample.shape[0] != 0)
        {
            throw new ArgumentException($"The sample has a batch of {sample.shape[0]} and the prompt one of {BatchSize}; the prompt's must be equal to it or a multiple.", nameof(sample));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        HiddenStates?.Dispose();
        foreach (var layer in Layers)
        {
            layer.Dispose();
        }
    }
}
