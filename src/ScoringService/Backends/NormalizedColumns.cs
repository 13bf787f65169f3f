using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace Gal.Scoring.Backends;

/// <summary>
/// Texts at length 1, packed in tiles of five, chunk by chunk of their width: the tiles of one chunk (20 KB for 20 texts) stay in the first-level cache while many rows pass by, which those of the whole width would not.
/// Zeros fill the last tile, so that its code has no second form for the rest.
/// </summary>
internal sealed unsafe class NormalizedColumns : IDisposable
{
    /// <summary>Features a chunk; the last one may have fewer.</summary>
    public const int ChunkLength = 256;

    // Rows are packed from the beginning of a page. Two steps later in theirs, columns are never read right after a store that they seem to be.
    private const int PageOffset = 2 * CosineTile.RowStep;

    private readonly AlignedFloats _tiles;

    private NormalizedColumns(int count, int dimension)
    {
        (Count, Dimension) = (count, dimension);
        TileCount = (count + CosineTile.Columns - 1) / CosineTile.Columns;
        ChunkCount = (dimension + ChunkLength - 1) / ChunkLength;
        _tiles = new AlignedFloats(checked(PageOffset + (TileCount * StepsIn(dimension) * CosineTile.ColumnStep)));
    }

    /// <summary>Columns without the padding.</summary>
    public int Count { get; }

    /// <summary>Features a column.</summary>
    public int Dimension { get; }

    /// <summary>Tiles of five columns.</summary>
    public int TileCount { get; }

    /// <summary>Chunks of the width.</summary>
    public int ChunkCount { get; }

    /// <summary>Normalises columns.</summary>
    /// <param name="columns">[<paramref name="count"/>, <paramref name="dimension"/>].</param>
    /// <param name="count">Columns; 0 is allowed.</param>
    /// <param name="dimension">Features a column.</param>
    public static NormalizedColumns From(ReadOnlySpan<float> columns, int count, int dimension)
    {
        var normalized = new NormalizedColumns(count, dimension);
        var column = new float[dimension];
        fixed (float* start = column)
        {
            for (var j = 0; j < count; j++)
            {
                var given = columns.Slice(j * dimension, dimension);
                TensorPrimitives.Multiply(given, InverseNorm(Vector128.Create(TensorPrimitives.SumOfSquares(given)))[0], column);
                normalized.Pack(start, j);
            }
        }

        return normalized;
    }

    /// <summary>1 / max(|x|, 1e-8) of four vectors; NaN where the squares do not add up to a finite number.</summary>
    /// <param name="squares">x·x.</param>
    public static Vector128<float> InverseNorm(Vector128<float> squares) => Vector128.ConditionalSelect(
        Vector128.IsFinite(squares),
        Vector128<float>.One / Vector128.Max(Vector128.Sqrt(squares), Vector128.Create(1e-8f)),
        Vector128.Create(float.NaN));

    /// <summary>Features of a chunk.</summary>
    public int LengthOf(int chunk) => Math.Min(ChunkLength, Dimension - (chunk * ChunkLength));

    /// <summary>Steps of a chunk.</summary>
    public int StepsOf(int chunk) => StepsIn(LengthOf(chunk));

    /// <summary>A chunk of columns 5 · <paramref name="tile"/> to 5 · <paramref name="tile"/> + 4, packed; the next tile follows.</summary>
    public float* Tile(int chunk, int tile) => _tiles.Pointer + PageOffset + ((((long)chunk * StepsIn(ChunkLength) * TileCount) + ((long)tile * StepsOf(chunk))) * CosineTile.ColumnStep);

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _tiles.Dispose();

    private static int StepsIn(int length) => (length + CosineTile.Lanes - 1) / CosineTile.Lanes;

    private void Pack(float* column, int index)
    {
        var (tile, place) = Math.DivRem(index, CosineTile.Columns);
        for (var chunk = 0; chunk < ChunkCount; chunk++)
        {
            CosineTile.Pack(column + (chunk * ChunkLength), LengthOf(chunk), Tile(chunk, tile) + (place * CosineTile.Lanes), CosineTile.ColumnStep);
        }
    }
}
