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
