using Gal.Diffusion.Models;
using Gal.Diffusion.Models.Adapters;
using Gal.Diffusion.Tokenization;
using static TorchSharp.torch;

namespace Gal.Diffusion.Training;

/// <summary>New rows of a frozen text encoder's token embedding, which a training changes; prompts are encoded anew each step.</summary>
internal sealed class LearnedToken : IDisposable
{
    private readonly ClipTextModel _textModel;
    private readonly LearnedTokenOptions _options;
    private readonly int _firstId;

    /// <param name="textModel">Owned from here on; gets the rows.</param>
    /// <param name="tokenizer">The model's own.</param>
    /// <param name="options">The word.</param>
    /// <exception cref="ArgumentException">The initial word is not one token, or the word is not one.</exception>
    public LearnedToken(ClipTextModel textModel, ClipTokenizer tokenizer, LearnedTokenOptions options)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        (_textModel, _options) = (textModel, options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.VectorCount, 1, nameof(options.VectorCount));
        var ids = tokenizer.Encode(options.InitialWord);
        if (ids.Count != 3)
        {
            throw new ArgumentException($"InitialWord \"{options.InitialWord}\" is {ids.Count - 2} tokens; it must be one, such as \"cat\".", nameof(options));
        }

        foreach (var parameter in textModel.parameters())
        {
            parameter.requires_grad = false;
        }

        var vectors = textModel.TokenEmbedding[ids[1]].unsqueeze(0).repeat(options.VectorCount, 1);
        _firstId = tokenizer.VocabularySize;
        Tokenizer = TextualInversion.Add(options.Token, vectors, textModel, tokenizer);
        textModel.TokenEmbedding.DetachFromDisposeScope();
        textModel.TokenEmbedding.requires_grad = true;

        // A view of the table, so that the optimizer changes these rows and no other.
        Rows = textModel.TokenEmbedding.detach().narrow(0, _firstId, options.VectorCount).DetachFromDisposeScope();
    }

    /// <summary>The tokenizer with the word.</summary>
    public ClipTokenizer Tokenizer { get; }

    /// <summary>The vectors [count, hidden].</summary>
    public Tensor Rows { get; }

    /// <summary>The vectors under the name of their word.</summary>
    public NamedTensor Parameter => new(_options.Token, Rows);

    /// <summary>The prompts' hidden states, with their graph, in the caller's dispose scope.</summary>
    public Tensor HiddenStates(IReadOnlyList<CachedPrompt> prompts) => _textModel.call(cat([.. prompts.Select(prompt => prompt.TokenIds)]));

    /// <summary>Moves the table's gradient to the rows.</summary>
    public void CollectGradients()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var gradient = _textModel.TokenEmbedding.grad;
        Rows.grad = gradient?.narrow(0, _firstId, _options.VectorCount).clone();
        _textModel.TokenEmbedding.grad = null;
    }

    /// <summary>Writes the word as a Textual Inversion file.</summary>
    public void Save(string path)
    {
        using var noGrad = no_grad();
        TextualInversionFile.Write(path, _options.Token, Rows);
    }

    /// <summary>Refuses samples that do not say the word: they would not be learned from.</summary>
    /// <exception cref="ArgumentException">One does not.</exception>
    public void CheckPrompts(IReadOnlyList<WeightedSample> samples)
    {
        if (samples.FirstOrDefault(sample => !sample.Prompt.Contains(_options.Token, StringComparison.Ordinal)) is { } silent)
        {
            throw new ArgumentException($"The prompt \"{silent.Prompt}\" does not hold {_options.Token}; every sample's prompt must, or nothing is learned from it.", nameof(samples));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Rows.Dispose();
        _textModel.Dispose();
    }
}
