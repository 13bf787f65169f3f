using System.Numerics.Tensors;

namespace Gal.Scoring.Backends;

/// <summary>Texts at length 1, padded with zero rows to whole tiles, so that the tile's code has no second form for the rest.</summary>
internal sealed class NormalizedColumns
{
    private NormalizedColumns(float[] data, int count, int dimension) => (Data, Count, Dimension) = (data, count, dimension);

    /// <summary>[<see cref="PaddedCount"/>, <see cref="Dimension"/>].</summary>
    public float[] Data { get; }

    /// <summary>Columns without the padding.</summary>
    public int Count { get; }

    /// <summary>A multiple of <see cref="CosineTile.Columns"/>.</summary>
    public int PaddedCount => Data.Length / Dimension;

    /// <summary>Features a column.</summary>
    public int Dimension { get; }

    /// <summary>Normalises columns.</summary>
    /// <param name="columns">[<paramref name="count"/>, <paramref name="dimension"/>].</param>
    /// <param name="count">Columns; 0 is allowed.</param>
    /// <param name="dimension">Features a column.</param>
    public static NormalizedColumns From(ReadOnlySpan<float> columns, int count, int dimension)
    {
        var tiles = (count + CosineTile.Columns - 1) / CosineTile.Columns;
        var data = new float[checked(tiles * CosineTile.Columns * dimension)];
        for (var j = 0; j < count; j++)
        {
            var column = columns.Slice(j * dimension, dimension);
            TensorPrimitives.Multiply(column, InverseNorm(column), data.AsSpan(j * dimension, dimension));
        }

        return new NormalizedColumns(data, count, dimension);
    }

    /// <summary>1 / max(|x|, 1e-8); NaN where the squares do not add up to a finite number.</summary>
    public static float InverseNorm(ReadOnlySpan<float> row)
    {
        var squares = TensorPrimitives.SumOfSquares(row);
        return float.IsFinite(squares) ? 1 / MathF.Max(MathF.Sqrt(squares), 1e-8f) : float.NaN;
    }
}
