using Gal.Diffusion.Tokenization;
using Gal.Diffusion.Weights;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Adapters;

/// <summary>Teaches a text encoder and its tokenizer a word.</summary>
public static class TextualInversion
{
    /// <summary>Appends a file's vectors to the encoder's vocabulary.</summary>
    /// <param name="path">See <see cref="TextualInversionFile"/>.</param>
    /// <param name="textEncoder">Gets the vectors.</param>
    /// <param name="tokenizer">The one whose ids the encoder reads.</param>
    /// <param name="token">The word; the file's own if null.</param>
    /// <returns>The tokenizer with the word, which stands for as many ids as there are vectors.</returns>
    /// <exception cref="CheckpointMismatchException">The vectors have another width than the encoder's.</exception>
    public static ClipTokenizer Load(string path, ClipTextModel textEncoder, ClipTokenizer tokenizer, string? token = null)
    {
        ArgumentNullException.ThrowIfNull(textEncoder);
        ArgumentNullException.ThrowIfNull(tokenizer);
        var (word, vectors) = TextualInversionFile.Read(path);
        using (vectors)
        {
            if (vectors.shape[1] != textEncoder.Config.HiddenSize)
            {
                throw new CheckpointMismatchException(path, [], [], [$"{word}: expected [count, {textEncoder.Config.HiddenSize}], found [{string.Join(", ", vectors.shape)}]; it was made for another text encoder"]);
            }
            return Add(token ?? word, vectors, textEncoder, tokenizer);
        }
    }

    /// <summary>Appends vectors as a word.</summary>
    /// <param name="token">Without white space.</param>
    /// <param name="vectors">[count, width]. Borrowed.</param>
    /// <param name="textEncoder">Gets the vectors.</param>
    /// <param name="tokenizer">The one whose ids the encoder reads.</param>
    public static ClipTokenizer Add(string token, Tensor vectors, ClipTextModel textEncoder, ClipTokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(textEncoder);
        ArgumentNullException.ThrowIfNull(tokenizer);
        var firstId = textEncoder.AppendTokens(vectors);
        return tokenizer.WithTokens([new AddedToken(token, [.. Enumerable.Range(firstId, (int)vectors.shape[0])])]);
    }
}
