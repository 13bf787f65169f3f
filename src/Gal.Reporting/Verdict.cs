using Gal.V1;

namespace Gal.Reporting;

/// <summary>What the metrics say, in words: also where they say that it did not work.</summary>
/// <param name="Headline">One sentence.</param>
/// <param name="Details">What to think of it; may be empty.</param>
/// <param name="IsGood">Whether the last round overfits less than the first.</param>
/// <param name="BestRound">The round with the lowest overfit rate, the earliest of several; 0 if nothing was measured.</param>
internal sealed record Verdict(string Headline, IReadOnlyList<string> Details, bool IsGood, int BestRound)
{
    /// <summary>Judges a run.</summary>
    public static Verdict Of(Run run)
    {
        var measured = run.Rounds.Where(r => r.Evaluation is not null).ToArray();
        if (measured.Length == 0)
        {
            return new Verdict("Nothing was measured: the run has no evaluation prompts or did not get that far.", [], IsGood: false, BestRound: 0);
        }

        var best = measured.MinBy(Rate)!;
        var (first, last) = (measured[0], measured[^1]);
        return measured.Length == 1
            ? new Verdict($"After {Name(first)}, {Percent(first)} of the evaluation images are closer to the reference's caption than to their own prompt.", [], IsGood: false, best.Number)
            : new Verdict(Describe(first, last, best), [$"Round by round: {string.Join(" → ", measured.Select(Percent))}.", .. Advice(first, last, best)], Rate(last) < Rate(first), best.Number);
    }

    private static string Describe(Round first, Round last, Round best) =>
        (Rate(last) < Rate(first), best == last) switch
        {
            (true, true) => $"Overfitting fell from {Percent(first)} to {Percent(last)}.",
            (true, false) => $"Overfitting fell from {Percent(first)} to {Percent(best)} in {Name(best)}, then rose again to {Percent(last)}.",
            (false, _) when Rate(best) < Rate(first) => $"Overfitting fell from {Percent(first)} to {Percent(best)} in {Name(best)}, but rose to {Percent(last)} in {Name(last)}, {Compared(last, first)}.",
            _ => $"Overfitting did not fall below {Name(first)}'s {Percent(first)} in this run.",
        };

    private static IEnumerable<string> Advice(Round first, Round last, Round best)
    {
        if (best != last)
        {
            yield return $"The checkpoint of {Name(best)} overfits least; prefer it to the last one. More rounds did not help here.";
        }

        var compared = best != first ? best : last;
        if (Interval(first).Lower <= Interval(compared).Upper && Interval(compared).Lower <= Interval(first).Upper)
        {
            yield return $"The 95 % intervals of {Name(first)} and {Name(compared)} overlap: with {compared.Evaluation.ImageCount} images the difference may be chance. Other seeds, or more evaluation images, would tell.";
        }

        if (last.Evaluation.TextAlignment.Mean < first.Evaluation.TextAlignment.Mean)
        {
            yield return $"Text alignment is lower after {Name(last)} than after {Name(first)} ({last.Evaluation.TextAlignment.Mean:F3} against {first.Evaluation.TextAlignment.Mean:F3}).";
        }
    }

    private static string Compared(Round last, Round first) => Rate(last) == Rate(first) ? "where it began" : "above where it began";

    private static Metric Interval(Round round) => round.Evaluation.OverfitRate;

    private static double Rate(Round round) => round.Evaluation.OverfitRate.Mean;

    private static string Percent(Round round) => Words.Percent(Rate(round));

    private static string Name(Round round) => $"round {round.Number}";
}
