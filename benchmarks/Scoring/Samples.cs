using System.Diagnostics;

namespace Gal.Benchmarks.Scoring;

/// <summary>Durations of one thing, measured again and again.</summary>
internal sealed class Samples
{
    private readonly List<double> _milliseconds = [];

    public double Median => Quantile(0.5);

    public void Measure(Action work)
    {
        var start = Stopwatch.GetTimestamp();
        work();
        Add(Stopwatch.GetElapsedTime(start));
    }

    public async Task MeasureAsync(Func<Task> work)
    {
        var start = Stopwatch.GetTimestamp();
        await work();
        Add(Stopwatch.GetElapsedTime(start));
    }

    public void Add(TimeSpan duration) => _milliseconds.Add(duration.TotalMilliseconds);

    public double Quantile(double probability)
    {
        var sorted = _milliseconds.Order().ToArray();
        return sorted[(int)Math.Min(sorted.Length - 1, probability * sorted.Length)];
    }
}
