namespace Gal.ActiveLearning.Subjects;

/// <summary>Which words CLIP sees: the rules for prompts, captions and the subject in both modes.</summary>
public static class ScoringTexts
{
    private const string StyleWord = " in ";

    /// <summary>A prompt without the identifier, for TXT-ALN, OVF and the non-SoI texts: "a zq cat in the park" → "a cat in the park". Anchors are scored with it, as published.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="identifier">The rare word or words; an empty one leaves the prompt as it is. Only whole words are taken out.</param>
    public static string WithoutIdentifier(string prompt, string? identifier)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        string[] rare = Words(identifier ?? "");
        if (rare.Length == 0)
        {
            return prompt;
        }

        var words = Words(prompt).ToList();
        for (var at = 0; at + rare.Length <= words.Count;)
        {
            if (words.Skip(at).Take(rare.Length).SequenceEqual(rare, StringComparer.OrdinalIgnoreCase))
            {
                words.RemoveRange(at, rare.Length);
            }
            else
            {
                at++;
            }
        }

        return string.Join(' ', words);
    }

    /// <summary>The text that an evaluation image is compared with: without the identifier in object mode, whole in style mode.</summary>
    public static string EvaluationText(SubjectMode mode, string prompt, string? identifier) =>
        mode == SubjectMode.Object ? WithoutIdentifier(prompt, identifier) : prompt;

    /// <summary>The non-SoI texts of the authors' code: every reference caption without the identifier, each once; in style mode the first reference prompt whole.</summary>
    public static IReadOnlyList<string> NonSoiFromReferences(SubjectMode mode, IReadOnlyList<string> referencePrompts, string? identifier)
    {
        ArgumentNullException.ThrowIfNull(referencePrompts);
        return mode == SubjectMode.Style
            ? [.. referencePrompts.Take(1)]
            : [.. referencePrompts.Select(p => WithoutIdentifier(p, identifier)).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The style's own words in a reference prompt: "in " and what follows the last " in "; null where the prompt has none.</summary>
    public static string? StyleText(string referencePrompt)
    {
        ArgumentNullException.ThrowIfNull(referencePrompt);
        var at = referencePrompt.LastIndexOf(StyleWord, StringComparison.Ordinal);
        return at < 0 || at + StyleWord.Length == referencePrompt.Length ? null : referencePrompt[(at + 1)..];
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
