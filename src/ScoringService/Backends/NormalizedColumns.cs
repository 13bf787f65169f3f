using System.Numerics.Tensors;

namespace Gal.Scoring.Backends;

/// <summary>Texts at length 1, packed in tiles; zeros fill the last one, so that the tile's code has no second form for the rest.</summary>
internal sealed class NormalizedColumns : IDisposable
{
    private readonly AlignedFloats _tiles;

    private NormalizedColumns(int count, int dimension)
    {
        (Count, Dimension) = (count, dimension);
        _tiles = new AlignedFloats(checked((count + CosineTile.Columns - 1) / CosineTile.Columns * CosineTile.PackedLength(dimension)));
    }

    /// <summary>Columns without the padding.</summary>
    public int Count { get; }

    /// <summary>Features a column.</summary>
    public int Dimension { get; }

    /// <summary>Normalises columns.</summary>
    /// <param name="columns">[<paramref name="count"/>, <paramref name="dimension"/>].</param>
    /// <param name="count">Columns; 0 is allowed.</param>
    /// <param name="dimension">Features a column.</param>
    public static NormalizedColumns From(ReadOnlySpan<float> columns, int count, int dimension)
    {
        var normalized = new NormalizedColumns(count, dimension);
        var four = new float[CosineTile.Columns * dimension];
        for (var first = 0; first < count; first += CosineTile.Columns)
        {
            Array.Clear(four);
            for (var j = first; j < Math.Min(first + CosineTile.Columns, count); j++)
            {
                var column = columns.Slice(j * dimension, dimension);
                TensorPrimitives.Multiply(column, InverseNorm(TensorPrimitives.SumOfSquares(column)), four.AsSpan((j - first) * dimension, dimension));
            }

            CosineTile.Pack(four, CosineTile.Columns, dimension, normalized.Tile(first / CosineTile.Columns));
        }

        return normalized;
    }

    /// <summary>1 / max(|x|, 1e-8); NaN where the squares do not add up to a finite number.</summary>
    /// <param name="squares">x·x.</param>
    public static float InverseNorm(float squares) => float.IsFinite(squares) ? 1 / MathF.Max(MathF.Sqrt(squares), 1e-8f) : float.NaN;

    /// <summary>Columns 4 · <paramref name="index"/> to 4 · <paramref name="index"/> + 3, packed.</summary>
    public Span<float> Tile(int index)
    {
        var length = CosineTile.PackedLength(Dimension);
        return _tiles.Span.Slice(index * length, length);
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _tiles.Dispose();
}
