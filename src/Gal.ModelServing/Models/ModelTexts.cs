using System.Collections.Concurrent;
using Gal.Diffusion.Models.Adapters;
using Gal.Diffusion.Pipelines;
using Gal.Diffusion.Tokenization;
using Gal.Diffusion.Weights;

namespace Gal.ModelServing.Models;

/// <summary>Reads texts as the models' text encoders do, to say what they cut.</summary>
public sealed class ModelTexts
{
    private readonly ConcurrentDictionary<string, ClipTokenizer> _tokenizers = new();

    /// <summary>The end of a text that a model's token limit cuts off; empty if all of it fits.</summary>
    public string FindCutText(string modelFolder, string text) => Tokenizer(modelFolder).Tokenize(text).CutText ?? "";

    /// <summary>The tokens of a text, without those of its start and end.</summary>
    public int CountTokens(string modelFolder, string text) => Tokenizer(modelFolder).Encode(text).Count - 2;

    /// <summary>The end of a text that the token limit cuts off, read with the words that the weights teach; empty if all of it fits.</summary>
    public string FindCutText(ModelWeights weights, string text)
    {
        var own = Tokenizer(weights.Folder);
        var files = weights.Checkpoint is { } checkpoint ? weights.Adapters.Prepend(new AdapterFile(checkpoint)) : weights.Adapters;

        // How many ids a word takes is what counts; which ones the encoder decides.
        var words = files.Select(file => WeightsFile.WordOf(file.Path) is { } word
            ? new AddedToken(file.Token ?? word.Token ?? Path.GetFileNameWithoutExtension(file.Path), [.. Enumerable.Repeat(own.VocabularySize, word.VectorCount)])
            : null).OfType<AddedToken>();
        return own.WithTokens(words).Tokenize(text).CutText ?? "";
    }

    private ClipTokenizer Tokenizer(string modelFolder) => _tokenizers.GetOrAdd(modelFolder, Load);

    private static ClipTokenizer Load(string modelFolder)
    {
        var folder = ModelFolder.Open(modelFolder);
        return ClipTokenizer.Load(folder.TokenizerPath, folder.TextEncoder.MaxPositionEmbeddings);
    }
}
