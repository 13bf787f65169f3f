using System.Text.Json;
using Gal.EndToEnd.Processes;
using Gal.V1;

namespace Gal.EndToEnd.Golden;

/// <summary>Round 1 of the reference loop's run (tests/golden/emoji-run) with its real settings, on the first four anchors and all evaluation prompts. The whole run is compared by tools/GoldenRun.</summary>
public class ShortGoldenRunTests
{
    private const int AnchorCount = 4;

    // lossFirst and lossLast are means over so many steps; the two processors' differ by 3e-6 of their value.
    private const int ReportedLossCount = 20;
    private const double LossTolerance = 1e-3;

    private static readonly JsonElement Round1 = JsonDocument.Parse(File.ReadAllBytes(Tests.Repository.Golden("emoji-run", "report-watercolor-uncertainty-balance-avx512.json"))).RootElement.GetProperty("rounds")[0];

    [Fact]
    public async Task Round1_RealSettings_AgreesWithTheReferenceLoop()
    {
        using var folder = new RunFolder(FirstAnchors(await File.ReadAllTextAsync(Tests.Repository.Sample("watercolor.yaml"))));
        using var gal = GalProcess.Start("run", folder.File, "--out", folder.Out, "--json");
        Assert.True(await gal.WaitForExitAsync(TimeSpan.FromMinutes(10)) == 0, gal.Output);
        var run = folder.Run;

        // Three of the four anchors are uncertain: fewer than k = 4, so the run ends after round 1 was judged.
        Assert.Equal((StopReason.FewerUncertainDirectionsThanK, 1), (run.StopReason, run.Rounds.Count));
        var round = run.Rounds[0];
        Assert.Equal(150, round.Losses.Count);
        AssertRelative(Round1.GetProperty("lossFirst").GetDouble(), round.Losses.Take(ReportedLossCount).Average());
        AssertRelative(Round1.GetProperty("lossLast").GetDouble(), round.Losses.TakeLast(ReportedLossCount).Average());

        var counts = Round1.GetProperty("overfit").EnumerateArray().Take(AnchorCount).Select(c => c.GetInt32());
        var difference = counts.Zip(round.Anchors, (expected, anchor) => Math.Abs(expected - anchor.OverfitCount)).Sum();
        Assert.True(difference <= 3, $"Overfit counts {string.Join(", ", round.Anchors.Select(a => a.OverfitCount))}; the reference has {string.Join(", ", counts)}.");

        Assert.Equal(80, round.Evaluation.ImageCount);
        Assert.Equal(Round1.GetProperty("txtAln").GetDouble(), round.Evaluation.TextAlignment.Mean, 0.01);
        Assert.Equal(Round1.GetProperty("imgAln").GetDouble(), round.Evaluation.ImageAlignment.Mean, 0.01);
        Assert.Equal(Round1.GetProperty("ovf").GetDouble(), round.Evaluation.OverfitRate.Mean, 0.01);
    }

    // Anchors keep their places, and with them their seeds, if the last ones are left out.
    private static string FirstAnchors(string runFile)
    {
        var lines = runFile.Split('\n').ToList();
        var first = lines.FindIndex(l => l.Trim() == "anchors:") + 1;
        var end = lines.FindIndex(first, l => !l.TrimStart().StartsWith("- ", StringComparison.Ordinal));
        lines.RemoveRange(first + AnchorCount, end - first - AnchorCount);
        return string.Join('\n', lines)
            .Replace("anchors_per_round: 3", $"anchors_per_round: {AnchorCount}", StringComparison.Ordinal)
            .Replace("style-watercolor/", Tests.Repository.Sample("style-watercolor") + "/", StringComparison.Ordinal);
    }

    private static void AssertRelative(double expected, double actual) =>
        Assert.True(Math.Abs(actual - expected) <= LossTolerance * expected, $"The mean loss is {actual}, the reference's {expected}.");
}
