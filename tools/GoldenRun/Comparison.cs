namespace Gal.GoldenRun;

/// <summary>A run beside the reference loop's, by the rules of the golden files' README: rounds 1 and 2 to the choice, round 3 roughly, each only where the choices before it were equal; round 4 is free.</summary>
/// <param name="ComparedRounds">How many rounds could be compared.</param>
/// <param name="Notes">What was seen.</param>
/// <param name="Violations">What is out of tolerance.</param>
internal sealed record Comparison(int ComparedRounds, IReadOnlyList<string> Notes, IReadOnlyList<string> Violations)
{
    private const double MetricTolerance = 0.01;

    // Largest sum of differences of a round's overfit counts; round r at r - 1.
    private static readonly int[] CountTolerances = [3, 3, 10];

    // Rounds whose metrics and choices must agree.
    private const int StrictRounds = 2;

    /// <summary>Compares a run with a reference.</summary>
    public static Comparison Of(IReadOnlyList<RoundFacts> reference, IReadOnlyList<RoundFacts> run)
    {
        var (notes, violations, compared) = (new List<string>(), new List<string>(), 0);
        for (var r = 0; r < CountTolerances.Length; r++)
        {
            if (r >= run.Count)
            {
                violations.Add($"Round {r + 1} is missing.");
                break;
            }

            CompareRound(r, reference[r], run[r], notes, violations);
            compared++;
            if (!reference[r].Chosen.SequenceEqual(run[r].Chosen))
            {
                notes.Add($"Round {r + 1} chose {Text(run[r])}, the reference {Text(reference[r])}: later rounds train on other samples and are not compared.");
                break;
            }
        }

        return new(compared, notes, violations);
    }

    private static void CompareRound(int r, RoundFacts reference, RoundFacts run, List<string> notes, List<string> violations)
    {
        if (!reference.Pool.SequenceEqual(run.Pool))
        {
            violations.Add($"Round {r + 1} has the pool {string.Join(", ", run.Pool)}; the reference {string.Join(", ", reference.Pool)}.");
            return;
        }

        var difference = reference.OverfitCounts.Zip(run.OverfitCounts, (a, b) => Math.Abs(a - b)).Sum();
        Judge(difference <= CountTolerances[r], $"Round {r + 1}: overfit counts differ by {difference} in all; allowed are {CountTolerances[r]}.", notes, violations);
        if (r >= StrictRounds)
        {
            return;
        }

        if (difference == 0)
        {
            Judge(reference.Chosen.SequenceEqual(run.Chosen), $"Round {r + 1}: chose {Text(run)} on equal counts; the reference {Text(reference)}.", notes, violations);
        }

        foreach (var (name, expected, actual) in new[] { ("TXT-ALN", reference.TextAlignment, run.TextAlignment), ("IMG-ALN", reference.ImageAlignment, run.ImageAlignment), ("OVF", reference.OverfitRate, run.OverfitRate) })
        {
            Judge(Math.Abs(expected - actual) <= MetricTolerance, $"Round {r + 1}: {name} is {actual:F4}, the reference's {expected:F4}; allowed is a difference of {MetricTolerance}.", notes, violations);
        }
    }

    private static void Judge(bool holds, string sentence, List<string> notes, List<string> violations) => (holds ? notes : violations).Add(sentence);

    private static string Text(RoundFacts round) => string.Join(", ", round.Chosen.Select(c => $"anchor {c.Anchor} image {c.Image}"));
}
