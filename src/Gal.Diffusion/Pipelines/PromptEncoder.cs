using Gal.Diffusion.Models;
using Gal.Diffusion.Models.Inference;
using Gal.Diffusion.Tokenization;
using static TorchSharp.torch;

namespace Gal.Diffusion.Pipelines;

/// <summary>Prompts to hidden states, each prompt by itself: its states do not depend on what else is asked for, and are kept for the next request.</summary>
internal sealed class PromptEncoder(ClipTokenizer tokenizer, ClipTextModel textModel, Device device) : IDisposable
{
    // 256 prompts of Stable Diffusion 1.x are 60 MB.
    private const int Capacity = 256;

    private readonly ClipTextEncoder _encoder = new(textModel);
    private readonly Dictionary<string, Tensor> _known = new(StringComparer.Ordinal);

    /// <summary>The tokenizer.</summary>
    public ClipTokenizer Tokenizer => tokenizer;

    /// <summary>The hidden states of prompts.</summary>
    /// <returns>[prompts, tokens, hidden], float32; the caller disposes it.</returns>
    public Tensor Encode(IReadOnlyList<string> prompts)
    {
        using var scope = NewDisposeScope();
        if (_known.Count + prompts.Count > Capacity)
        {
            Forget();
        }

        return cat([.. prompts.Select(Encode)]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Forget();
        _encoder.Dispose();
        textModel.Dispose();
    }

    private Tensor Encode(string prompt)
    {
        if (!_known.TryGetValue(prompt, out var states))
        {
            using var ids = tensor(tokenizer.Tokenize(prompt).Ids.Select(id => (long)id).ToArray(), device: device).unsqueeze(0);
            _known[prompt] = states = _encoder.HiddenStates(ids).DetachFromDisposeScope();
        }

        return states;
    }

    private void Forget()
    {
        foreach (var states in _known.Values)
        {
            states.Dispose();
        }

        _known.Clear();
    }
}
