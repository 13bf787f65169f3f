using Gal.Cli.Views;
using Gal.V1;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Gal.Cli.Results;

/// <summary>What is said at the end of a run.</summary>
internal static class RunSummary
{
    /// <summary>The measurements by round; null if nothing was measured.</summary>
    public static Table? Metrics(IEnumerable<Round> rounds)
    {
        var measured = rounds.Where(round => round.Evaluation is not null).ToArray();
        if (measured.Length == 0)
        {
            return null;
        }
        var table = new Table().Border(TableBorder.Rounded).AddColumns("round", "TXT-ALN", "IMG-ALN", "OVF", "images");
        foreach (var round in measured)
        {
            var evaluation = round.Evaluation;
            table.AddRow(
                new Text(round.Number.ToString()), new Text(RunTexts.Of(evaluation.TextAlignment)), new Text(RunTexts.Of(evaluation.ImageAlignment)),
                new Text(RunTexts.Of(evaluation.OverfitRate)), new Text(evaluation.ImageCount.ToString()));
        }
        return table;
    }

    /// <summary>Where the time went, and the peak memory.</summary>
    public static IRenderable Account(TimeAccount account)
    {
        var grid = new Grid().AddColumns(new GridColumn().Padding(2, 0, 2, 0), new GridColumn().RightAligned(), new GridColumn().RightAligned());
        foreach (var (name, time, share) in account.Lines)
        {
            grid.AddRow(name, RunTexts.Duration(time), $"{share:P1}");
        }
        var memory = account.ToRunAccount().Memory is { } peak ? $"; {peak}" : "";
        return new Rows(new Text($"Where the time went ({RunTexts.Duration(account.Wall)} in all{memory}):"), grid);
    }
}
