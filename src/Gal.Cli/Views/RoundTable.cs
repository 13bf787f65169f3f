using Gal.V1;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Gal.Cli.Views;

/// <summary>A round's anchors with their overfit counts as little bars, their uncertainties, and what was chosen.</summary>
internal static class RoundTable
{
    private const int BarWidth = 10;

    /// <summary>The anchors by uncertainty, as the round recorded the order; by index where it did not.</summary>
    public static IEnumerable<AnchorResult> Ranked(Round round) => round.Ranking.Count == 0
        ? round.Anchors
        : round.Ranking.Select(index => round.Anchors.FirstOrDefault(anchor => anchor.AnchorIndex == index)).OfType<AnchorResult>();

    /// <summary>Everything a round showed: a line of measurements and the table.</summary>
    public static IRenderable Of(Round round, RunSettings settings)
    {
        var table = new Table().Border(TableBorder.None).AddColumns(
            new TableColumn("[grey]anchor[/]"), new TableColumn("[grey]overfitted[/]"), new TableColumn("[grey]U[/]").RightAligned(), new TableColumn("[grey]chosen[/]"));
        foreach (var anchor in Ranked(round))
        {
            var chosen = round.Selections.FirstOrDefault(selection => selection.AnchorIndex == anchor.AnchorIndex);
            table.AddRow(
                new Markup(Markup.Escape(settings.Subject.Anchors[anchor.AnchorIndex]), chosen is null ? Style.Plain : new Style(decoration: Decoration.Bold)),
                new Markup(Bar(anchor)),
                new Markup(anchor.Uncertainty > 0 ? $"{anchor.Uncertainty:F3}" : "[grey]0[/]"),
                new Markup(chosen is null ? "" : $"[green]●[/] image {chosen.ImageIndex}, w {chosen.LossWeight:G3}"));
        }
        return new Rows(new Markup(Headline(round)), table, new Markup($"[grey]openness w = {round.Openness:G4}[/]"), Text.Empty);
    }

    /// <summary>"Round 1 · trained on 1 reference, loss 0.0821 → 0.0150 · TXT-ALN …".</summary>
    public static string Headline(Round round)
    {
        var training = $"[bold]Round {round.Number}[/] trained on {RunTexts.Samples(round)}, loss {round.Losses.FirstOrDefault():F4} → {round.Losses.LastOrDefault():F4}";
        return round.Evaluation is { } evaluation
            ? $"{training}\n  TXT-ALN [bold]{evaluation.TextAlignment.Mean:F3}[/]  IMG-ALN [bold]{evaluation.ImageAlignment.Mean:F3}[/]  OVF [bold]{evaluation.OverfitRate.Mean:F3}[/] [grey]{Markup.Escape($"[{evaluation.OverfitRate.Lower:F3}, {evaluation.OverfitRate.Upper:F3}]")}[/]"
            : training;
    }

    private static string Bar(AnchorResult anchor)
    {
        var count = Math.Max(1, anchor.OverfitFlags.Count);
        var filled = (int)Math.Round((double)anchor.OverfitCount / count * BarWidth, MidpointRounding.AwayFromZero);
        return $"[red]{new string('█', filled)}[/][grey]{new string('░', BarWidth - filled)}[/] {anchor.OverfitCount}/{count}";
    }
}
