namespace Gal.Cli.RunFiles;

/// <summary>Finds what a user probably meant by a word that is not known.</summary>
internal static class NearestKey
{
    /// <summary>The candidate with the fewest edits, if that is at most a third of the word's length plus one; null otherwise.</summary>
    public static string? Of(string word, IEnumerable<string> candidates)
    {
        var best = candidates.MinBy(candidate => Distance(word, candidate));
        return best is not null && Distance(word, best) <= (word.Length / 3) + 1 ? best : null;
    }

    /// <summary>" Did you mean 'x'?" or nothing.</summary>
    public static string Hint(string word, IEnumerable<string> candidates) => Of(word, candidates) is { } nearest ? $" Did you mean '{nearest}'?" : "";

    // Levenshtein distance with two rows.
    private static int Distance(string a, string b)
    {
        var previous = Enumerable.Range(0, b.Length + 1).ToArray();
        foreach (var (i, ca) in a.Index())
        {
            var current = new int[b.Length + 1];
            current[0] = i + 1;
            for (var j = 0; j < b.Length; j++)
            {
                current[j + 1] = Math.Min(Math.Min(current[j], previous[j + 1]) + 1, previous[j] + (ca == b[j] ? 0 : 1));
            }
            previous = current;
        }
        return previous[^1];
    }
}
