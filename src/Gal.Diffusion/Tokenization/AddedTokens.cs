namespace Gal.Diffusion.Tokenization;

/// <summary>Finds added tokens in a text; of two that begin at one place the longer wins.</summary>
internal sealed class AddedTokens(IReadOnlyList<AddedToken> tokens)
{
    private readonly AddedToken[] _byLength = [.. tokens.OrderByDescending(token => token.Text.Length)];

    /// <summary>The set with <paramref name="more"/> in it.</summary>
    public AddedTokens With(IEnumerable<AddedToken> more)
    {
        ArgumentNullException.ThrowIfNull(more);
        var added = more.ToList();
        foreach (var token in added)
        {
            if (string.IsNullOrEmpty(token.Text) || token.Text.Any(char.IsWhiteSpace) || token.Ids.Count == 0)
            {
                throw new ArgumentException($"The added token \"{token.Text}\" must be a word without white space that stands for at least one id.", nameof(more));
            }
        }

        return new AddedTokens([.. tokens, .. added]);
    }

    /// <summary>The text of the added token that ends with <paramref name="id"/>; empty for its earlier ids.</summary>
    public string TextEndingWith(int id) => Array.Find(_byLength, token => token.Ids[^1] == id)?.Text ?? string.Empty;

    /// <summary>The text in order, as stretches without added tokens and added tokens.</summary>
    public IEnumerable<(string Plain, AddedToken? Added)> Split(string text)
    {
        var start = 0;
        for (var position = 0; position < text.Length; position++)
        {
            if (Find(text, position) is not { } token)
            {
                continue;
            }

            yield return (text[start..position], null);
            yield return (string.Empty, token);
            start = position + token.Text.Length;
            position = start - 1;
        }

        yield return (text[start..], null);
    }

    // The reference puts all vectors of a token in before it lowers the case of the text: "<Cat-Toy>" is found only afterwards, and stands for the first vector alone.
    private AddedToken? Find(string text, int position) =>
        Array.Find(_byLength, token => string.Compare(text, position, token.Text, 0, token.Text.Length, StringComparison.Ordinal) == 0)
        ?? (Array.Find(_byLength, token => string.Compare(text, position, token.Text, 0, token.Text.Length, StringComparison.OrdinalIgnoreCase) == 0) is { } other
            ? other with { Ids = [other.Ids[0]] }
            : null);
}
