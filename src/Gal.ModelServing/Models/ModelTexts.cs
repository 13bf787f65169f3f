using System.Collections.Concurrent;
using Gal.Diffusion.Tokenization;
using Gal.Diffusion.Weights;

namespace Gal.ModelServing.Models;

/// <summary>Reads texts as the models' text encoders do, to say what they cut.</summary>
public sealed class ModelTexts
{
    private readonly ConcurrentDictionary<string, ClipTokenizer> _tokenizers = new();

    /// <summary>The end of a text that a model's token limit cuts off; empty if all of it fits.</summary>
    public string FindCutText(string modelFolder, string text) => _tokenizers.GetOrAdd(modelFolder, Load).Tokenize(text).CutText ?? "";

    private static ClipTokenizer Load(string modelFolder)
    {
        var folder = ModelFolder.Open(modelFolder);
        return ClipTokenizer.Load(folder.TokenizerPath, folder.TextEncoder.MaxPositionEmbeddings);
    }
}
