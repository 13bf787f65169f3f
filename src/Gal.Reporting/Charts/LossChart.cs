using Gal.Reporting.Markup;
using Gal.V1;
using Google.Protobuf.Collections;

namespace Gal.Reporting.Charts;

/// <summary>The loss of every training step, on a logarithmic axis shared by all rounds, with a running mean: single losses swing with the drawn timestep.</summary>
internal static class LossChart
{
    private const double Width = 360;
    private const double Height = 150;
    private const double Left = 44;
    private const double Right = 352;
    private const double Top = 8;
    private const double Bottom = 128;
    private const int MaxPoints = 400;

    /// <summary>Draws one chart a round.</summary>
    public static Html Draw(IReadOnlyList<Round> rounds)
    {
        var positive = rounds.SelectMany(r => r.Losses).Where(l => l > 0 && double.IsFinite(l)).ToArray();
        return positive.Length == 0 ? Html.Empty : Html.Join(rounds.Where(r => r.Losses.Count > 0).Select(r => One(r, Axis.Logarithmic(positive.Min(), positive.Max(), Bottom, Top), positive.Min())));
    }

    private static Html One(Round round, Axis y, double floor)
    {
        var thinned = Thin(round.Losses);
        var smooth = RunningMean(thinned, Math.Max(1, thinned.Length / 15));
        return Html.Of($"""
            <figure><figcaption>Round {round.Number}: {Tenth(round.Losses, last: false):G3} → {Tenth(round.Losses, last: true):G3}</figcaption>
            <svg class="chart loss" viewBox="0 0 {Width} {Height}" role="img" aria-label="Loss of round {round.Number} over {round.Losses.Count} steps">
            {y.Ticks.Select(t => Grid(y[t], $"{Math.Pow(10, t):G3}"))}
            <polyline class="faint" points="{Points(thinned, y, floor)}"/>
            <polyline class="line" points="{Points(smooth, y, floor)}"/>
            <text class="tick" x="{Left}" y="{Height - 6}">step 1</text>
            <text class="tick" x="{Right}" y="{Height - 6}" text-anchor="end">{round.Losses.Count}</text>
            </svg></figure>
            """);
    }

    private static Html Grid(double y, string text) => Html.Of($"""<line class="grid" x1="{Left}" x2="{Right}" y1="{y:F1}" y2="{y:F1}"/><text class="tick" x="{Left - 7}" y="{y + 4:F1}" text-anchor="end">{text}</text>""");

    private static string Points(double[] losses, Axis y, double floor)
    {
        var last = Math.Max(losses.Length - 1, 1);
        return string.Join(' ', losses.Select((loss, i) => $"{Left + (i * (Right - Left) / last):F1},{y[Math.Log10(Math.Max(loss, floor))]:F1}"));
    }

    // A curve of a million steps would be a page of megabytes: neighbours are averaged. A loss that is not finite ends a training, so the last may be one.
    private static double[] Thin(RepeatedField<double> losses) =>
        [.. losses.Where(double.IsFinite).Chunk(Math.Max(1, (int)Math.Ceiling((double)losses.Count / MaxPoints))).Select(c => c.Average())];

    private static double[] RunningMean(double[] values, int radius) =>
        [.. Enumerable.Range(0, values.Length).Select(i => values[Math.Max(0, i - radius)..Math.Min(values.Length, i + radius + 1)].Average())];

    private static double Tenth(RepeatedField<double> losses, bool last)
    {
        var count = Math.Max(1, losses.Count / 10);
        return (last ? losses.TakeLast(count) : losses.Take(count)).Average();
    }
}
