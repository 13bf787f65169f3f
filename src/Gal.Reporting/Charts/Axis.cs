namespace Gal.Reporting.Charts;

/// <summary>Maps values to a length, with round numbers as ticks.</summary>
internal sealed class Axis
{
    private static readonly double[] RoundSteps = [1, 2, 5, 10];

    private readonly double _from;
    private readonly double _to;
    private readonly double _start;
    private readonly double _end;

    private Axis(double from, double to, double start, double end, IReadOnlyList<double> ticks) => (_from, _to, _start, _end, Ticks) = (from, to, start, end, ticks);

    /// <summary>Where gridlines go.</summary>
    public IReadOnlyList<double> Ticks { get; }

    /// <summary>An axis that holds both values, widened to round numbers.</summary>
    /// <param name="lowest">The lowest value.</param>
    /// <param name="highest">The highest value.</param>
    /// <param name="start">Where the lowest tick is drawn.</param>
    /// <param name="end">Where the highest tick is drawn.</param>
    public static Axis Round(double lowest, double highest, double start, double end)
    {
        var span = Math.Max(highest - lowest, 1e-9);
        var magnitude = Math.Pow(10, Math.Floor(Math.Log10(span / 4)));
        var step = RoundSteps.Select(m => m * magnitude).First(s => span / s <= 5);
        var (first, last) = (Math.Floor((lowest / step) + 1e-9), Math.Ceiling((highest / step) - 1e-9));
        var ticks = Enumerable.Range(0, (int)(last - first) + 1).Select(i => (first + i) * step).ToArray();
        return new Axis(ticks[0], Math.Max(ticks[^1], ticks[0] + step), start, end, ticks);
    }

    /// <summary>An axis whose distances are ratios; ticks at powers of ten.</summary>
    public static Axis Logarithmic(double lowest, double highest, double start, double end)
    {
        var (first, last) = ((int)Math.Floor(Math.Log10(lowest)), (int)Math.Ceiling(Math.Log10(highest)));
        last = Math.Max(last, first + 1);
        return new Axis(first, last, start, end, [.. Enumerable.Range(first, last - first + 1).Select(p => (double)p)]);
    }

    /// <summary>Where a value is drawn.</summary>
    public double this[double value] => _start + ((value - _from) / (_to - _from) * (_end - _start));
}
