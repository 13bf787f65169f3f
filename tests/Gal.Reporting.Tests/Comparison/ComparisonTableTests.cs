using System.Text.Json;
using FsCheck;
using FsCheck.Xunit;
using Gal.Reporting.Comparison;
using Gal.V1;

namespace Gal.Reporting.Tests.Comparison;

public sealed class ComparisonTableTests
{
    private static readonly ComparisonTable Table = ComparisonTable.Of(
    [
        Run(Strategy.Dreambooth, balance: true, seed: 0, 0.298, 0.796, 0.363),
        Run(Strategy.Uncertainty, balance: true, seed: 0, 0.30, 0.77, 0.26),
        Run(Strategy.Uncertainty, balance: true, seed: 1, 0.31, 0.77, 0.28),
        Run(Strategy.Uncertainty, balance: true, seed: 2, 0.32, 0.77, 0.27),
        Run(Strategy.Random, balance: false, seed: 0, 0.285, 0.714, 0.391),
    ]);

    [Fact]
    public void Of_Runs_MakesARowAStrategy()
    {
        Assert.Equal(["DreamBooth only", "Uncertainty + Balance", "Random"], Table.Rows.Select(r => r.Label));
        Assert.Equal(["Uncertainty + Balance", "0.310 ± 0.025", "0.770 ± 0.000", "0.270 ± 0.025", "1, 1, 1", "0, 1, 2"], Table.Rows[1].Cells);
        Assert.Equal("0.298", Table.Rows[0].Cells[1]);
    }

    [Fact]
    public void ToMarkdown_Table_HasAsManyCellsALine()
    {
        var lines = Table.ToMarkdown().Split('\n').TakeWhile(l => l.Length > 0).ToArray();
        Assert.Equal(5, lines.Length);
        Assert.All(lines, l => Assert.Equal(7, l.Count(c => c == '|')));
    }

    [Fact]
    public void ToHtml_Table_IsOnePageWithTheBestStandingOut()
    {
        var page = System.Xml.Linq.XDocument.Parse(Table.ToHtml());
        Assert.Equal(["0.310 ± 0.025", "0.270 ± 0.025"], page.Descendants("b").Select(b => b.Value));
        Assert.Empty(page.Descendants("script"));
    }

    [Fact]
    public void ToJson_Table_KeepsEveryNumber()
    {
        var rows = JsonDocument.Parse(Table.ToJson()).RootElement;
        Assert.Equal(3, rows.GetArrayLength());
        Assert.Equal(["DreamBooth only", "Uncertainty + Balance", "Random"], Table.ToJsonLines().Select(l => JsonDocument.Parse(l).RootElement.GetProperty("label").GetString()));
        Assert.Equal(0.31, rows[1].GetProperty("textAlignment").GetProperty("mean").GetDouble(), 1e-12);
        Assert.Equal(JsonValueKind.Null, rows[0].GetProperty("overfitRate").GetProperty("halfWidth").ValueKind);
    }

    [Fact]
    public void Of_RunThatMeasuredNothing_IsNamed()
    {
        var run = new Run { Name = "runs/empty", Settings = new RunSettings { Seed = 4 } };
        Assert.Contains("runs/empty", Assert.Throws<ArgumentException>(() => ComparisonTable.Of([new ComparedRun("x", run)])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SeedMean_ThreeSeeds_UsesStudentsT()
    {
        // t(2, 0.975) = 4.302653, standard deviation 1, divided by √3.
        Assert.Equal(4.302653 / Math.Sqrt(3), SeedMean.Of([1, 2, 3]).HalfWidth!.Value, 1e-5);
        Assert.Null(SeedMean.Of([1]).HalfWidth);
    }

    [Property]
    public bool SeedMean_AnyValues_LiesBetweenThem(NonEmptyArray<byte> values)
    {
        double[] x = [.. values.Get.Select(v => v / 255.0)];
        return SeedMean.Of(x) is var m && m.Mean >= x.Min() - 1e-12 && m.Mean <= x.Max() + 1e-12 && m.HalfWidth is null or >= 0;
    }

    private static ComparedRun Run(Strategy strategy, bool balance, long seed, double text, double image, double overfit) => ComparedRun.Of(new Run
    {
        Name = "runs/r",
        Settings = new RunSettings { Seed = seed, ActiveLearning = new ActiveLearningSettings { Strategy = strategy, Balance = balance } },
        Rounds = { new Round { Number = 1, Evaluation = new Evaluation { TextAlignment = Metric(text), ImageAlignment = Metric(image), OverfitRate = Metric(overfit), ImageCount = 80 } } },
    });

    private static Metric Metric(double mean) => new() { Mean = mean, Lower = mean, Upper = mean };
}
