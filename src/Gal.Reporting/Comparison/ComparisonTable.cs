using System.Text.Encodings.Web;
using System.Text.Json;
using Gal.Reporting.Markup;

namespace Gal.Reporting.Comparison;

/// <summary>Strategies against one another, as in Table 1 of the paper.</summary>
/// <param name="Rows">One a strategy, in the order in which they first came.</param>
public sealed record ComparisonTable(IReadOnlyList<ComparisonRow> Rows)
{
    private const string Note = "Last round's checkpoint, mean over seeds ± half of the 95 % interval (Student's t). TXT-ALN: higher is better; OVF: lower is better; IMG-ALN is high for overfitted models, too.";

    private static readonly JsonSerializerOptions Compact = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonSerializerOptions Indented = new(Compact) { WriteIndented = true };

    /// <summary>Heads of the columns.</summary>
    public static IReadOnlyList<string> Columns { get; } = ["Strategy", "TXT-ALN ↑", "IMG-ALN", "OVF ↓", "Rounds", "Seeds"];

    /// <summary>Makes the table.</summary>
    /// <exception cref="ArgumentException">A run measured nothing; names it.</exception>
    public static ComparisonTable Of(IEnumerable<ComparedRun> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        return new ComparisonTable([.. runs.GroupBy(r => r.Label).Select(ToRow)]);
    }

    /// <summary>The table in Markdown.</summary>
    public string ToMarkdown() => string.Join('\n',
        [
            Line(Columns),
            Line(Columns.Select((_, i) => i is >= 1 and <= 3 ? "--:" : "---")),
            .. Rows.Select(r => Line(r.Cells.Select(c => c.Replace("|", "\\|", StringComparison.Ordinal).Replace('\n', ' ')))),
            "",
            Note,
            "",
        ]);

    /// <summary>The table as one HTML document.</summary>
    public string ToHtml() => Page.Of("Comparison of strategies", Html.Of($"""
        <header><p class="eyebrow">Generative active learning</p><h1>Strategies compared</h1></header>
        <section><div class="scroll"><table class="comparison"><thead><tr>{Columns.Select(c => Html.Of($"<th>{c}</th>"))}</tr></thead><tbody>
        {Rows.Select(Row)}
        </tbody></table></div><p class="quiet">{Note} The best TXT-ALN and OVF stand out; where intervals overlap, the order may be chance.</p></section>
        """));

    /// <summary>The table as JSON: an array of rows.</summary>
    public string ToJson() => JsonSerializer.Serialize(Rows.Select(Numbers), Indented);

    /// <summary>Each row as JSON on a line of its own.</summary>
    public IEnumerable<string> ToJsonLines() => Rows.Select(r => JsonSerializer.Serialize(Numbers(r), Compact));

    /// <summary>Writes comparison.md, comparison.html and comparison.json.</summary>
    public async Task WriteAsync(string folder, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "comparison.md"), ToMarkdown(), cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder, "comparison.html"), ToHtml(), cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder, "comparison.json"), ToJson(), cancellationToken);
    }

    private static ComparisonRow ToRow(IGrouping<string, ComparedRun> runs)
    {
        var measured = runs.Select(r => r.Run.Rounds.LastOrDefault(round => round.Evaluation is not null)?.Evaluation
            ?? throw new ArgumentException($"The run {r.Run.Name} ({r.Label}, seed {r.Run.Settings.Seed}) measured nothing; give its run file evaluation prompts.", nameof(runs))).ToArray();
        return new ComparisonRow(
            runs.Key,
            [.. runs.Select(r => r.Run.Settings.Seed)],
            [.. runs.Select(r => r.Run.Rounds.Count)],
            SeedMean.Of([.. measured.Select(e => e.TextAlignment.Mean)]),
            SeedMean.Of([.. measured.Select(e => e.ImageAlignment.Mean)]),
            SeedMean.Of([.. measured.Select(e => e.OverfitRate.Mean)]));
    }

    private static object Numbers(ComparisonRow row) => new { row.Label, row.Seeds, row.RoundCounts, row.TextAlignment, row.ImageAlignment, row.OverfitRate };

    private static string Line(IEnumerable<string> cells) => $"| {string.Join(" | ", cells)} |";

    private Html Row(ComparisonRow row)
    {
        var best = new[] { false, row.TextAlignment.Mean == Rows.Max(r => r.TextAlignment.Mean), false, row.OverfitRate.Mean == Rows.Min(r => r.OverfitRate.Mean), false, false };
        return Html.Of($"<tr>{row.Cells.Zip(best, (text, stands) => stands ? Html.Of($"<td><b>{text}</b></td>") : Html.Of($"<td>{text}</td>"))}</tr>");
    }
}
