using Gal.Reporting.Charts;
using Gal.Reporting.Markup;
using Gal.V1;

namespace Gal.Reporting.Sections;

/// <summary>TXT-ALN, IMG-ALN and OVF by round, as charts and as a table.</summary>
internal static class MetricsSection
{
    public static Html Draw(Run run)
    {
        var rounds = run.Rounds.Where(r => r.Evaluation is not null).ToArray();
        if (rounds.Length == 0)
        {
            return Html.Empty;
        }

        var best = Verdict.Of(run).BestRound;
        return Html.Of($"""
            <section><h2>Every round's checkpoint, measured</h2>
            <p>{rounds[0].Evaluation.ImageCount} images a round, the same prompts and seeds each time. Bars are bootstrap 95 % intervals over the images.</p>
            <div class="charts">
            {Chart(rounds, "Overfit rate (OVF), lower is better", e => e.OverfitRate, "0.00", "warm", startAtZero: true)}
            {Chart(rounds, "Text alignment (TXT-ALN), higher is better", e => e.TextAlignment, "0.000", "cool", startAtZero: false)}
            {Chart(rounds, "Image alignment (IMG-ALN)", e => e.ImageAlignment, "0.000", "plain", startAtZero: false)}
            </div>
            <div class="scroll"><table class="metrics"><thead><tr><th>Round</th><th>Trained on</th><th>OVF</th><th>TXT-ALN</th><th>IMG-ALN</th><th>Images</th></tr></thead><tbody>
            {rounds.Select(r => Row(r, r.Number == best && rounds.Length > 1))}
            </tbody></table></div></section>
            """);
    }

    private static Html Chart(Round[] rounds, string title, Func<Evaluation, Metric> metric, string format, string seriesClass, bool startAtZero) => Html.Of($"""
        <figure><figcaption>{title}</figcaption>{MetricChart.Draw([.. rounds.Select(r => (r.Number, metric(r.Evaluation)))], format, seriesClass, $"{title}, by round", startAtZero)}</figure>
        """);

    private static Html Row(Round round, bool best) => Html.Of($"""
        <tr{(best ? Html.Of($" class=\"best\"") : Html.Empty)}><td>{round.Number}{(best ? " · least overfitted" : "")}</td><td>{Words.Counted(round.Samples.Count(s => s.IsReference), "reference")}{Selected(round)}</td>
        <td>{Interval(round.Evaluation.OverfitRate)}</td><td>{Interval(round.Evaluation.TextAlignment)}</td><td>{Interval(round.Evaluation.ImageAlignment)}</td><td>{round.Evaluation.ImageCount}</td></tr>
        """);

    private static string Selected(Round round) => round.Samples.Count(s => !s.IsReference) is > 0 and var n ? $" + {n} selected" : "";

    private static Html Interval(Metric metric) => Html.Of($"""<b>{metric.Mean:F3}</b> <span class="interval">{metric.Lower:F3} – {metric.Upper:F3}</span>""");
}
