using static TorchSharp.torch;

namespace Gal.Diffusion.Training;

/// <summary>A prompt's tokens and what the frozen text encoder makes of them.</summary>
/// <param name="TokenIds">[1, tokens], int64.</param>
/// <param name="HiddenStates">[1, tokens, hidden].</param>
internal sealed record CachedPrompt(Tensor TokenIds, Tensor HiddenStates)
{
    /// <summary>The hidden states of several prompts, one a row.</summary>
    public static Tensor Stack(IReadOnlyList<CachedPrompt> prompts) =>
        prompts.Count == 1 ? prompts[0].HiddenStates : cat([.. prompts.Select(prompt => prompt.HiddenStates)]);
}
