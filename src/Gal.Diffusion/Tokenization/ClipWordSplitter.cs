using System.Globalization;
using System.Text;

namespace Gal.Diffusion.Tokenization;

/// <summary>
/// Cuts normalized text into the pieces that byte-pair encoding joins within:
/// <c>'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+</c>, the leftmost first.
/// </summary>
/// <remarks>Works on code points. .NET's regular expressions see UTF-16 units and would take a letter beyond U+FFFF for a symbol.</remarks>
internal static class ClipWordSplitter
{
    private static readonly string[] Contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    private enum Kind
    {
        Space,
        Letter,
        Number,
        Symbol,
    }

    /// <summary>Form C, one space for each run of white space, lower case.</summary>
    public static string Normalize(string text)
    {
        var result = new StringBuilder(text.Length);
        var inSpace = false;
        foreach (var c in CanonicalComposition.Normalize(text))
        {
            if (!char.IsWhiteSpace(c))
            {
                result.Append(c);
            }
            else if (!inSpace)
            {
                result.Append(' ');
            }

            inSpace = char.IsWhiteSpace(c);
        }

        // U+0130 has no single lower-case letter, so that .NET leaves it as it is.
        return result.ToString().ToLowerInvariant().Replace("\u0130", "i\u0307", StringComparison.Ordinal);
    }

    /// <summary>The pieces of <paramref name="text"/>, in order, without the white space between them.</summary>
    public static IEnumerable<string> Split(string text)
    {
        var position = 0;
        while (position < text.Length)
        {
            if (KindAt(text, position, out var spaceLength) == Kind.Space)
            {
                position += spaceLength;
                continue;
            }

            var length = PieceLength(text, position);
            yield return text.Substring(position, length);
            position += length;
        }
    }

    private static int PieceLength(string text, int start)
    {
        if (Array.Find(Contractions, c => string.CompareOrdinal(text, start, c, 0, c.Length) == 0) is { } contraction)
        {
            return contraction.Length;
        }

        var kind = KindAt(text, start, out var length);
        if (kind == Kind.Number)
        {
            return length;
        }

        var end = start + length;
        while (end < text.Length && KindAt(text, end, out length) == kind)
        {
            end += length;
        }

        return end - start;
    }

    private static Kind KindAt(string text, int position, out int length)
    {
        var rune = Rune.TryGetRuneAt(text, position, out var valid) ? valid : Rune.ReplacementChar;
        length = rune.Utf16SequenceLength;
        if (Rune.IsWhiteSpace(rune))
        {
            return Kind.Space;
        }

        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => Kind.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Number,
            _ => Kind.Symbol,
        };
    }
}
