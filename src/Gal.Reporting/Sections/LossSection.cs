using Gal.Reporting.Charts;
using Gal.Reporting.Markup;
using Gal.V1;

namespace Gal.Reporting.Sections;

/// <summary>The loss curves.</summary>
internal static class LossSection
{
    public static Html Draw(Run run) => run.Rounds.All(r => r.Losses.Count == 0) ? Html.Empty : Html.Of($"""
        <section><h2>Training loss</h2><p>Unweighted loss of every step and its running mean, on one logarithmic scale; the numbers are the means of the first and the last tenth. Each round begins again from the pretrained weights.</p>
        <div class="charts losses">{LossChart.Draw(run.Rounds)}</div></section>
        """);
}
