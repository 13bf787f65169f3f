using FsCheck;
using FsCheck.Xunit;
using Gal.V1;

namespace Gal.Reporting.Tests;

public sealed class VerdictTests
{
    [Fact]
    public void Of_ReferenceRun_SaysThatItRoseAboveItsBeginning()
    {
        var verdict = Verdict.Of(EmojiRun.Load());
        Assert.Equal("Overfitting fell from 56 % to 39 % in round 3, but rose to 65 % in round 4, above where it began.", Spaces(verdict.Headline));
        Assert.Contains(verdict.Details, d => d.Contains("round 3 overfits least", StringComparison.Ordinal));
        Assert.Contains(verdict.Details, d => d.Contains("may be chance", StringComparison.Ordinal));
        Assert.Contains(verdict.Details, d => d.Contains("Text alignment is lower", StringComparison.Ordinal));
        Assert.Equal((false, 3), (verdict.IsGood, verdict.BestRound));
    }

    [Theory]
    [InlineData(new[] { 0.5, 0.3, 0.1 }, "Overfitting fell from 50 % to 10 %.", true, 3)]
    [InlineData(new[] { 0.5, 0.1, 0.3 }, "Overfitting fell from 50 % to 10 % in round 2, then rose again to 30 %.", true, 2)]
    [InlineData(new[] { 0.5, 0.1, 0.5 }, "Overfitting fell from 50 % to 10 % in round 2, but rose to 50 % in round 3, where it began.", false, 2)]
    [InlineData(new[] { 0.2, 0.3, 0.4 }, "Overfitting did not fall below round 1's 20 % in this run.", false, 1)]
    [InlineData(new[] { 0.2, 0.2 }, "Overfitting did not fall below round 1's 20 % in this run.", false, 1)]
    [InlineData(new[] { 0.2 }, "After round 1, 20 % of the evaluation images are closer to the reference's caption than to their own prompt.", false, 1)]
    [InlineData(new double[0], "Nothing was measured: the run has no evaluation prompts or did not get that far.", false, 0)]
    public void Of_Rates_SaysWhatHappened(double[] rates, string headline, bool good, int best)
    {
        var verdict = Verdict.Of(WithRates(rates));
        Assert.Equal((headline, good, best), (Spaces(verdict.Headline), verdict.IsGood, verdict.BestRound));
    }

    [Theory]
    [InlineData(0.10, true)]
    [InlineData(0.01, false)]
    public void Of_RiseFromRoundOne_SaysWhetherItMayBeChance(double halfWidth, bool chance)
    {
        var run = WithRates([0.2, 0.3]);
        foreach (var metric in run.Rounds.Select(r => r.Evaluation.OverfitRate))
        {
            (metric.Lower, metric.Upper) = (metric.Mean - halfWidth, metric.Mean + halfWidth);
        }

        Assert.Equal(chance, Verdict.Of(run).Details.Any(d => d.Contains("may be chance", StringComparison.Ordinal)));
    }

    [Property]
    public bool Of_AnyRates_IsGoodOnlyWhereTheLastIsBelowTheFirst(NonEmptyArray<byte> rates)
    {
        double[] shares = [.. rates.Get.Select(r => r / 255.0)];
        var verdict = Verdict.Of(WithRates(shares));
        return verdict.IsGood == (shares.Length > 1 && shares[^1] < shares[0]) && shares[verdict.BestRound - 1] == shares.Min();
    }

    private static string Spaces(string text) => text.Replace('\u00A0', ' ');

    private static Run WithRates(double[] rates) => new()
    {
        Rounds =
        {
            rates.Select((rate, i) => new Round
            {
                Number = i + 1,
                Evaluation = new Evaluation { OverfitRate = new Metric { Mean = rate, Lower = rate, Upper = rate }, TextAlignment = new Metric(), ImageAlignment = new Metric(), ImageCount = 80 },
            }),
        },
    };
}
