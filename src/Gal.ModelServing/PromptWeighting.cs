using System.Text.RegularExpressions;
using Gal.V1;

namespace Gal.ModelServing;

/// <summary>Finds prompts that are weighted as other programs do, "(cat:1.3)": here they are plain text.</summary>
public static partial class PromptWeighting
{
    /// <summary>One warning for all prompts; null if none is weighted.</summary>
    public static Warning? Find(IEnumerable<string> prompts)
    {
        var found = prompts.Select(prompt => Pattern.Match(prompt)).Where(match => match.Success).Select(match => match.Value).Distinct().ToList();
        return found.Count == 0 ? null : new()
        {
            Reason = "PROMPT_WEIGHT_NOT_READ",
            Message = $"\"{found[0]}\"{(found.Count > 1 ? $" (and {found.Count - 1} like it)" : "")} is read as plain text, brackets and number included: prompts have no weights here. Take them out.",
        };
    }

    // "(a cat:1.3)", "((cat:1.2))", "(cat:0,5)".
    [GeneratedRegex(@"\([^()]{1,200}:\s*\d+([.,]\d+)?\s*\)", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern { get; }
}
