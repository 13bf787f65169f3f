using Gal.ActiveLearning.Chance;

namespace Gal.ActiveLearning.Evaluation;

/// <summary>The percentile bootstrap of a mean (Efron 1979).</summary>
public static class Bootstrap
{
    private const int ResampleCount = 2000;
    private const double Tail = 0.025;

    /// <summary>The mean of some values and its 95 % interval.</summary>
    /// <param name="values">At least one, all finite.</param>
    /// <param name="seed">Of the resampling; the same seed gives the same interval.</param>
    public static Metric MeanOf(IReadOnlyList<double> values, long seed)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentOutOfRangeException.ThrowIfZero(values.Count);
        var chance = new SplitMix64((ulong)seed);
        var means = new double[ResampleCount];
        for (var r = 0; r < means.Length; r++)
        {
            var sum = 0.0;
            for (var i = 0; i < values.Count; i++)
            {
                sum += values[chance.NextInt32(values.Count)];
            }

            means[r] = sum / values.Count;
        }

        Array.Sort(means);
        return new Metric(values.Sum() / values.Count, Quantile(means, Tail), Quantile(means, 1 - Tail));
    }

    // Linear between order statistics, as numpy's default.
    private static double Quantile(double[] sorted, double probability)
    {
        var position = probability * (sorted.Length - 1);
        var below = (int)position;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((position - below) * (sorted[above] - sorted[below]));
    }
}
