using System.Globalization;
using System.Text;

namespace Gal.Diffusion.Tokenization;

/// <summary>
/// Unicode's normalization form C. .NET's own <see cref="string.Normalize()"/> returns its input unchanged where the process runs
/// without ICU (InvariantGlobalization), and CLIP's tokenizer would then read "é" in two ways.
/// </summary>
internal static class CanonicalComposition
{
    // Hangul syllables are composed by arithmetic (The Unicode Standard, 3.12).
    private const int SBase = 0xAC00, LBase = 0x1100, VBase = 0x1161, TBase = 0x11A7, LCount = 19, VCount = 21, TCount = 28, SCount = LCount * VCount * TCount;

    private static readonly Lazy<Tables> Data = new(ReadTables);

    /// <summary>The form C of <paramref name="text"/>; the string itself when it is ASCII.</summary>
    public static string Normalize(string text)
    {
        if (Ascii.IsValid(text))
        {
            return text;
        }

        var codes = new List<int>(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            Decompose(rune.Value, codes);
        }

        SortMarks(codes);
        return Compose(codes);
    }

    private static void Decompose(int code, List<int> codes)
    {
        var syllable = code - SBase;
        if (syllable is >= 0 and < SCount)
        {
            codes.Add(LBase + (syllable / (VCount * TCount)));
            codes.Add(VBase + (syllable % (VCount * TCount) / TCount));
            if (syllable % TCount != 0)
            {
                codes.Add(TBase + (syllable % TCount));
            }
        }
        else if (Data.Value.Decompositions.TryGetValue(code, out var pair))
        {
            Decompose(pair.First, codes);
            if (pair.Second != 0)
            {
                codes.Add(pair.Second);
            }
        }
        else
        {
            codes.Add(code);
        }
    }

    private static void SortMarks(List<int> codes)
    {
        for (var i = 1; i < codes.Count; i++)
        {
            for (var j = i; j > 0 && ClassOf(codes[j]) != 0 && ClassOf(codes[j - 1]) > ClassOf(codes[j]); j--)
            {
                (codes[j - 1], codes[j]) = (codes[j], codes[j - 1]);
            }
        }
    }

    private static string Compose(List<int> codes)
    {
        var kept = new List<int>(codes.Count);
        var starter = -1;
        foreach (var code in codes)
        {
            // A mark is blocked when another of its class, or a starter, stands between it and the starter.
            var blocked = starter < 0 || (kept.Count - 1 != starter && ClassOf(kept[^1]) >= ClassOf(code));
            if (!blocked && TryCompose(kept[starter], code) is { } composite)
            {
                kept[starter] = composite;
                continue;
            }

            if (ClassOf(code) == 0)
            {
                starter = kept.Count;
            }

            kept.Add(code);
        }

        var text = new StringBuilder(kept.Count);
        kept.ForEach(code => text.Append(new Rune(code)));
        return text.ToString();
    }

    private static int? TryCompose(int first, int second)
    {
        if (first is >= LBase and < LBase + LCount && second is >= VBase and < VBase + VCount)
        {
            return SBase + ((((first - LBase) * VCount) + (second - VBase)) * TCount);
        }

        if (first is >= SBase and < SBase + SCount && (first - SBase) % TCount == 0 && second is > TBase and < TBase + TCount)
        {
            return first + (second - TBase);
        }

        return Data.Value.Compositions.TryGetValue((first, second), out var composite) ? composite : null;
    }

    private static int ClassOf(int code) => Data.Value.Classes.GetValueOrDefault(code);

    private static Tables ReadTables()
    {
        var tables = new Tables([], [], []);
        using var stream = typeof(CanonicalComposition).Assembly.GetManifestResourceStream("canonical-forms.txt")!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            var fields = line.Split(' ');
            switch (fields[0])
            {
                case "d" or "s":
                    var pair = (Hex(fields[2]), fields.Length > 3 ? Hex(fields[3]) : 0);
                    tables.Decompositions[Hex(fields[1])] = pair;
                    if (fields[0] == "d")
                    {
                        tables.Compositions[pair] = Hex(fields[1]);
                    }

                    break;
                case "c":
                    for (var code = Hex(fields[1]); code <= Hex(fields[2]); code++)
                    {
                        tables.Classes[code] = byte.Parse(fields[3], CultureInfo.InvariantCulture);
                    }

                    break;
                default:
                    break;
            }
        }

        return tables;
    }

    private static int Hex(string digits) => int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private sealed record Tables(Dictionary<int, (int First, int Second)> Decompositions, Dictionary<(int First, int Second), int> Compositions, Dictionary<int, byte> Classes);
}
