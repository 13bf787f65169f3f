using MathNet.Numerics.Distributions;

namespace Gal.Reporting.Comparison;

/// <summary>A mean over seeds.</summary>
/// <param name="Mean">The mean of the runs' means.</param>
/// <param name="HalfWidth">Half of the 95 % interval by Student's t over the seeds; null for one seed, which says nothing about others.</param>
public sealed record SeedMean(double Mean, double? HalfWidth)
{
    /// <summary>The mean of one value a seed.</summary>
    public static SeedMean Of(IReadOnlyList<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentOutOfRangeException.ThrowIfZero(values.Count);
        var mean = values.Average();
        if (values.Count == 1)
        {
            return new SeedMean(mean, null);
        }

        var deviation = Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1));
        return new SeedMean(mean, StudentT.InvCDF(0, 1, values.Count - 1, 0.975) * deviation / Math.Sqrt(values.Count));
    }

    /// <summary>".305 ± .012" as in Table 1, with a leading zero; "0.305" for one seed.</summary>
    public override string ToString() => HalfWidth is { } half ? $"{Mean:F3} ± {half:F3}" : $"{Mean:F3}";
}
