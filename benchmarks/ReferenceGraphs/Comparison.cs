using System.Diagnostics;
using static TorchSharp.torch;

namespace Gal.Benchmarks.ReferenceGraphs;

/// <summary>One row of the table: the same work by the reference's graph and by ours.</summary>
/// <param name="name">What is timed.</param>
/// <param name="limit">The largest ratio allowed.</param>
/// <param name="reference">The reference's work; gives what it computed.</param>
/// <param name="ours">Ours.</param>
/// <param name="roundFactor">Share of the asked-for calls that large work gets.</param>
/// <param name="tolerance">Largest difference at which both count as having done the same.</param>
internal sealed class Comparison(string name, double limit, Func<Tensor> reference, Func<Tensor> ours, double roundFactor = 1, double tolerance = 5e-5) : IDisposable
{
    private readonly List<IDisposable> _owned = [];

    /// <summary>What is timed.</summary>
    public string Name => name;

    /// <summary>The largest ratio allowed.</summary>
    public double Limit => limit;

    /// <summary>Keeps something alive as long as the comparison.</summary>
    public Comparison Owning(params IDisposable[] parts)
    {
        _owned.AddRange(parts);
        return this;
    }

    /// <summary>Checks that both compute the same, then times them in turn.</summary>
    public ComparisonResult Measure(int rounds)
    {
        var difference = Compare();
        if (!(difference <= tolerance))
        {
            throw new InvalidOperationException($"{name}: the results differ by {difference:E2}; timing them would compare different work.");
        }

        var count = Math.Max(3, (int)(rounds * roundFactor));
        var (referenceTimes, ourTimes) = (new List<double>(), new List<double>());
        for (var round = -2; round < count; round++)
        {
            var (referenceTime, ourTime) = (Time(reference), Time(ours));
            if (round >= 0)
            {
                referenceTimes.Add(referenceTime);
                ourTimes.Add(ourTime);
            }
        }

        return new ComparisonResult(Median(referenceTimes), Median(ourTimes), difference);
    }

    /// <inheritdoc/>
    public void Dispose() => _owned.ForEach(part => part.Dispose());

    private double Compare()
    {
        using var scope = NewDisposeScope();
        var (expected, found) = (reference(), ours());
        return (expected.detach() - found.detach()).abs().max().item<float>();
    }

    private static double Time(Func<Tensor> work)
    {
        var start = Stopwatch.GetTimestamp();
        using (NewDisposeScope())
        {
            work();
        }

        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static double Median(List<double> times)
    {
        times.Sort();
        return times[times.Count / 2];
    }
}

/// <summary>Medians of one row.</summary>
internal sealed record ComparisonResult(double ReferenceMilliseconds, double OurMilliseconds, double LargestDifference)
{
    /// <summary>Ours over the reference's.</summary>
    public double Ratio => OurMilliseconds / ReferenceMilliseconds;
}
