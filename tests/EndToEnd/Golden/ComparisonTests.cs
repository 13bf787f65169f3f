using System.Text.Json;
using Gal.GoldenRun;

namespace Gal.EndToEnd.Golden;

public class ComparisonTests
{
    [Fact]
    public void Of_TheTwoProcessorsReports_AgreeWithOneAnother()
    {
        var result = Comparison.Of(Read("report-watercolor-uncertainty-balance-avx512.json"), Read("report-watercolor-uncertainty-balance-avx2.json"));
        Assert.Empty(result.Violations);
        Assert.Equal(3, result.ComparedRounds);
    }

    [Theory]
    [InlineData(0, 4, 0, "overfit counts differ by 4")]
    [InlineData(2, 11, 0, "overfit counts differ by 11")]
    [InlineData(1, 0, 0.02, "OVF")]
    public void Of_MoreThanAllowed_IsAViolation(int round, int countDifference, double rateDifference, string said)
    {
        var reference = Read("report-watercolor-uncertainty-balance-avx512.json");
        var facts = reference[round];
        int[] counts = [.. facts.OverfitCounts];
        counts[0] += countDifference;
        var run = reference.ToList();
        run[round] = facts with { OverfitCounts = counts, OverfitRate = facts.OverfitRate + rateDifference };
        Assert.Contains(said, Assert.Single(Comparison.Of(reference, run).Violations), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_OtherChoiceOnEqualCounts_IsAViolationAndEndsTheComparison()
    {
        var reference = Read("report-watercolor-uncertainty-balance-avx512.json");
        var run = reference.ToList();
        run[0] = run[0] with { Chosen = [(0, 1), (14, 2), (16, 6)] };
        var result = Comparison.Of(reference, run);
        Assert.Single(result.Violations);
        Assert.Equal(1, result.ComparedRounds);
    }

    private static IReadOnlyList<RoundFacts> Read(string report)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Tests.Repository.Golden("emoji-run", report)));
        return RoundFacts.FromReport(json.RootElement);
    }
}
