using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Unet;

/// <summary>
/// A part of the UNet that can be run by itself. Its state is [hidden states of the prompt, activated time embedding, skips…, hidden]; the first part's is
/// [hidden states of the prompt, sample], the last one's output [hidden states of the prompt, prediction].
/// </summary>
/// <param name="Run">The next state; what passes through is the same tensor.</param>
internal sealed record UnetPart(Func<Tensor[], Tensor[]> Run)
{
    /// <summary>A part that changes the last of the state.</summary>
    /// <param name="forward">The new hidden states from (hidden, activated time, prompt).</param>
    /// <param name="keeps">Whether the result becomes a skip as well.</param>
    public static UnetPart Of(Func<Tensor, Tensor, Tensor, Tensor> forward, bool keeps = false) => new(state =>
    {
        var hidden = forward(state[^1], state[1], state[0]);
        return keeps ? [.. state[..^1], hidden, hidden] : [.. state[..^1], hidden];
    });

    /// <summary>A part that takes the newest skip beside the hidden states.</summary>
    /// <param name="forward">The new hidden states from (hidden and skip side by side, activated time, prompt).</param>
    public static UnetPart OfSkip(Func<Tensor, Tensor, Tensor, Tensor> forward) =>
        new(state => [.. state[..^2], forward(cat([state[^1], state[^2]], 1), state[1], state[0])]);

    /// <summary>A part that reads the newest skip's size.</summary>
    /// <param name="forward">The new hidden states from (hidden, height and width).</param>
    public static UnetPart OfSize(Func<Tensor, long[], Tensor> forward) => new(state => [.. state[..^1], forward(state[^1], state[^2].shape[2..])]);
}
