using System.Collections.Concurrent;
using System.Text;

namespace Gal.Diffusion.Tokenization;

/// <summary>Joins the bytes of a word into tokens, the pair of the lowest rank first; a word's last symbol carries "&lt;/w&gt;".</summary>
internal sealed class BytePairEncoder
{
    private const string EndOfWord = "</w>";

    private static readonly string[] ByteSymbols = BuildByteSymbols();

    private readonly IReadOnlyDictionary<string, int> _vocabulary;
    private readonly int _unknownId;
    private readonly Dictionary<(string Left, string Right), int> _ranks = [];
    private readonly ConcurrentDictionary<string, int[]> _known = new(StringComparer.Ordinal);

    /// <param name="vocabulary">Token → id (vocab.json).</param>
    /// <param name="merges">Lines "left right" of merges.txt, the lowest rank first; a "#version" line is passed over.</param>
    /// <param name="unknownId">The id of a symbol that the vocabulary lacks.</param>
    public BytePairEncoder(IReadOnlyDictionary<string, int> vocabulary, IEnumerable<string> merges, int unknownId)
    {
        _vocabulary = vocabulary;
        _unknownId = unknownId;
        foreach (var line in merges)
        {
            var pair = line.Split(' ');
            if (pair.Length == 2 && !line.StartsWith("#version", StringComparison.Ordinal))
            {
                _ranks.TryAdd((pair[0], pair[1]), _ranks.Count);
            }
        }
    }

    /// <summary>The ids of one word (a piece of <see cref="ClipWordSplitter"/>).</summary>
    public int[] Encode(string word) => _known.TryGetValue(word, out var ids) ? ids : Remember(word, EncodeNew(word));

    /// <summary>The text of <paramref name="tokens"/>, a space after each word.</summary>
    public static string Decode(IEnumerable<string> tokens)
    {
        var symbols = string.Concat(tokens).Replace(EndOfWord, " ", StringComparison.Ordinal);
        var bytes = symbols.Select(symbol => symbol == ' ' ? (byte)' ' : (byte)Array.IndexOf(ByteSymbols, symbol.ToString()));
        return Encoding.UTF8.GetString([.. bytes]).TrimEnd();
    }

    /// <summary>The symbols of a whole word's bytes; nothing for no text.</summary>
    public static string ToSymbols(string word) =>
        word.Length == 0 ? word : string.Concat(Encoding.UTF8.GetBytes(word).Select(b => ByteSymbols[b])) + EndOfWord;

    private int[] Remember(string word, int[] ids)
    {
        // Prompts repeat few words; a bound keeps hostile ones from filling the memory.
        if (_known.Count < 65_536 && word.Length <= 64)
        {
            _known.TryAdd(word, ids);
        }

        return ids;
    }

    private int[] EncodeNew(string word)
    {
        var symbols = Encoding.UTF8.GetBytes(word).Select(b => ByteSymbols[b]).ToList();
        symbols[^1] += EndOfWord;
        while (BestPair(symbols) is { } pair)
        {
            Join(symbols, pair);
        }

        return [.. symbols.Select(symbol => _vocabulary.TryGetValue(symbol, out var id) ? id : _unknownId)];
    }

    private (string Left, string Right)? BestPair(List<string> symbols)
    {
        (string, string)? best = null;
        var bestRank = int.MaxValue;
        for (var i = 0; i + 1 < symbols.Count; i++)
        {
            if (_ranks.TryGetValue((symbols[i], symbols[i + 1]), out var rank) && rank < bestRank)
            {
                (best, bestRank) = ((symbols[i], symbols[i + 1]), rank);
            }
        }

        return best;
    }

    private static void Join(List<string> symbols, (string Left, string Right) pair)
    {
        var kept = 0;
        for (var i = 0; i < symbols.Count; i++, kept++)
        {
            var joined = i + 1 < symbols.Count && symbols[i] == pair.Left && symbols[i + 1] == pair.Right;
            symbols[kept] = joined ? pair.Left + pair.Right : symbols[i];
            i += joined ? 1 : 0;
        }

        symbols.RemoveRange(kept, symbols.Count - kept);
    }

    // GPT-2's bytes_to_unicode: printable bytes stand for themselves, the other 68 for the characters from U+0100 on.
    private static string[] BuildByteSymbols()
    {
        var next = 0x100;
        return [.. Enumerable.Range(0, 256).Select(b => (char)(b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF) ? b : next++)).Select(c => c.ToString())];
    }
}
