using Gal.V1;

namespace Gal.ModelServing;

/// <summary>Warnings that several services give, in the same words.</summary>
public static class Warnings
{
    private const int ShownLength = 80;

    /// <summary>A prompt is longer than the text encoder reads.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="cutText">The words that are cut.</param>
    public static Warning PromptTruncated(string prompt, string cutText) => new()
    {
        Reason = "PROMPT_TRUNCATED",
        Message = $"The prompt \"{Shorten(prompt)}\" is longer than the text encoder reads; these words are cut: \"{cutText}\".",
    };

    private static string Shorten(string text) => text.Length <= ShownLength ? text : text[..ShownLength] + "…";
}
