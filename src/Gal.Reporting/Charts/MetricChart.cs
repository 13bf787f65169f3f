using Gal.Reporting.Markup;
using Gal.V1;

namespace Gal.Reporting.Charts;

/// <summary>One metric by round: means joined by a line, each with its bootstrap interval.</summary>
internal static class MetricChart
{
    private const double Width = 360;
    private const double Height = 210;
    private const double Left = 44;
    private const double Right = 348;
    private const double Top = 22;
    private const double Bottom = 178;

    /// <summary>Draws the chart.</summary>
    /// <param name="points">Round numbers with their metric, at least one.</param>
    /// <param name="format">How a value is written.</param>
    /// <param name="seriesClass">The style sheet's class for the colour.</param>
    /// <param name="label">What the chart shows, for those who cannot see it.</param>
    /// <param name="startAtZero">Whether the axis begins at 0.</param>
    public static Html Draw(IReadOnlyList<(int Round, Metric Metric)> points, string format, string seriesClass, string label, bool startAtZero)
    {
        var y = Axis.Round(startAtZero ? 0 : points.Min(p => p.Metric.Lower), points.Max(p => p.Metric.Upper), Bottom, Top);
        var x = points.Select((_, i) => points.Count == 1 ? (Left + Right) / 2 : Left + 22 + (i * (Right - Left - 66) / (points.Count - 1))).ToArray();
        return Html.Of($"""
            <svg class="chart {seriesClass}" viewBox="0 0 {Width} {Height}" role="img" aria-label="{label}">
            {y.Ticks.Select(t => Grid(y[t], t.ToString(format)))}
            <polyline class="line" points="{string.Join(' ', points.Select((p, i) => $"{x[i]:F1},{y[p.Metric.Mean]:F1}"))}"/>
            {points.Select((p, i) => Point(p.Round, p.Metric, x[i], y, format))}
            </svg>
            """);
    }

    private static Html Grid(double y, string text) => Html.Of($"""<line class="grid" x1="{Left}" x2="{Right}" y1="{y:F1}" y2="{y:F1}"/><text class="tick" x="{Left - 7}" y="{y + 4:F1}" text-anchor="end">{text}</text>""");

    private static Html Point(int round, Metric metric, double x, Axis y, string format) => Html.Of($"""
        <g><title>Round {round}: {metric.Mean.ToString(format)}, 95 % interval {metric.Lower.ToString(format)} to {metric.Upper.ToString(format)}</title>
        <line class="whisker" x1="{x:F1}" x2="{x:F1}" y1="{y[metric.Lower]:F1}" y2="{y[metric.Upper]:F1}"/>
        <line class="whisker" x1="{x - 5:F1}" x2="{x + 5:F1}" y1="{y[metric.Lower]:F1}" y2="{y[metric.Lower]:F1}"/>
        <line class="whisker" x1="{x - 5:F1}" x2="{x + 5:F1}" y1="{y[metric.Upper]:F1}" y2="{y[metric.Upper]:F1}"/>
        <circle class="dot" cx="{x:F1}" cy="{y[metric.Mean]:F1}" r="5"/>
        <text class="value" x="{x + 9:F1}" y="{y[metric.Mean] - 7:F1}">{metric.Mean.ToString(format)}</text>
        <text class="tick" x="{x:F1}" y="{Bottom + 20:F1}" text-anchor="middle">round {round}</text></g>
        """);
}
