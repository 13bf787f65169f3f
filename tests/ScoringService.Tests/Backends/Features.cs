using Gal.Scoring.Backends;

namespace Gal.Scoring.Tests.Backends;

/// <summary>Matrices to score, and what their cosines are in double precision.</summary>
internal static class Features
{
    /// <summary>Normally distributed values, the same for the same seed.</summary>
    public static float[] Random(int rowCount, int dimension, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, rowCount * dimension).Select(_ => (float)((random.NextDouble() + random.NextDouble() + random.NextDouble()) * 2 - 3))];
    }

    public static HostEmbeddings Rows(float[] data, int dimension) => new(data, data.Length / dimension, dimension);

    public static ReadOnlySpan<float> Row(float[] data, int index, int dimension) => data.AsSpan(index * dimension, dimension);

    /// <summary>x·y / (max(|x|, 1e-8) max(|y|, 1e-8)) in float64.</summary>
    public static double Cosine(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        double dot = 0, xx = 0, yy = 0;
        for (var k = 0; k < x.Length; k++)
        {
            dot += (double)x[k] * y[k];
            xx += (double)x[k] * x[k];
            yy += (double)y[k] * y[k];
        }

        return dot / Math.Max(Math.Sqrt(xx), 1e-8) / Math.Max(Math.Sqrt(yy), 1e-8);
    }
}
