using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Inference;

/// <summary>The prompt's keys and values for one attention layer; they do not change from step to step.</summary>
/// <param name="Keys">[batch, heads, tokens, features].</param>
/// <param name="Values">[batch, heads, tokens, features].</param>
internal sealed record PromptAttention(Tensor Keys, Tensor Values) : IDisposable
{
    /// <summary>A picture's keys and values, the values scaled by how much it counts; null without one.</summary>
    public PromptAttention? Picture { get; init; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Picture?.Dispose();
        Keys.Dispose();
        Values.Dispose();
    }
}
