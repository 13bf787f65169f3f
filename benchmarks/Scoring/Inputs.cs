using Gal.Scoring.Backends;

namespace Gal.Benchmarks.Scoring;

/// <summary>What is scored: random features, the same each time.</summary>
internal static class Inputs
{
    public static float[] Random(int rowCount, int dimension, int seed)
    {
        var values = new float[rowCount * dimension];
        var random = new Random(seed);
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = random.NextSingle() - 0.5f;
        }

        return values;
    }

    public static HostEmbeddings Rows(int rowCount, int dimension, int seed) => new(Random(rowCount, dimension, seed), rowCount, dimension);

    /// <summary>A round of the default run's size: 18 anchors, 10 images each.</summary>
    public static RoundEmbeddings Round(int textCount, int dimension) =>
        new(Rows(180, dimension, 1), [.. Enumerable.Repeat(10, 18)], Rows(18, dimension, 2), Rows(textCount, dimension, 3));
}
