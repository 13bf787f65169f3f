using System.Collections.Concurrent;
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

    private ClipTokenizer Tokenizer(string modelFolder) => _tokenizers.GetOrAdd(modelFolder, Load);

    private static ClipTokenizer Load(string modelFolder)
    {
        var folder = ModelFolder.Open(modelFolder);
        return ClipTokenizer.Load(folder.TokenizerPath, folder.TextEncoder.MaxPositionEmbeddings);
    }
}
