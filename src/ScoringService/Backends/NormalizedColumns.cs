using System.Numerics.Tensors;

namespace Gal.Scoring.Backends;

/// <summary>
/// Texts at length 1, packed in tiles of four, chunk by chunk of their width: the tiles of one chunk (20 KB for 20 texts) stay in the first-level cache while many rows pass by, which those of the whole width would not.
/// Zeros fill the last tile, so that its code has no second form for the rest.
/// </summary>
internal sealed unsafe class NormalizedColumns : IDisposable
{
    /// <summary>Features a chunk; the last one may have fewer.</summary>
    public const int ChunkLength = 256;

    // Rows are packed from the beginning of a page. Twelve of a chunk's sixteen steps later in theirs, columns are never read right after a store that they seem to be.
    private const int PageOffset = 4 * CosineTile.StepFloats;

    private readonly AlignedFloats _tiles;

    private NormalizedColumns(int count, int dimension)
    {
        (Count, Dimension) = (count, dimension);
        TileCount = (count + CosineTile.Columns - 1) / CosineTile.Columns;
        ChunkCount = (dimension + ChunkLength - 1) / ChunkLength;
        _tiles = new AlignedFloats(checked(PageOffset + (TileCount * StepsIn(dimension) * CosineTile.StepFloats)));
    }

    /// <summary>Columns without the padding.</summary>
    public int Count { get; }

    /// <summary>Features a column.</summary>
    public int Dimension { get; }

    /// <summary>Tiles of four columns.</summary>
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
        var four = new float[CosineTile.Columns * dimension];
        for (var tile = 0; tile < normalized.TileCount; tile++)
        {
            Array.Clear(four);
            var first = tile * CosineTile.Columns;
            for (var j = first; j < Math.Min(first + CosineTile.Columns, count); j++)
            {
                var column = columns.Slice(j * dimension, dimension);
                TensorPrimitives.Multiply(column, InverseNorm(TensorPrimitives.SumOfSquares(column)), four.AsSpan((j - first) * dimension, dimension));
            }

            normalized.Pack(four, tile);
        }

        return normalized;
    }

    /// <summary>1 / max(|x|, 1e-8); NaN where the squares do not add up to a finite number.</summary>
    /// <param name="squares">x·x.</param>
    public static float InverseNorm(float squares) => float.IsFinite(squares) ? 1 / MathF.Max(MathF.Sqrt(squares), 1e-8f) : float.NaN;

    /// <summary>Features of a chunk.</summary>
    public int LengthOf(int chunk) => Math.Min(ChunkLength, Dimension - (chunk * ChunkLength));

    /// <summary>Steps of a chunk.</summary>
    public int StepsOf(int chunk) => StepsIn(LengthOf(chunk));

    /// <summary>A chunk of columns 4 · <paramref name="tile"/> to 4 · <paramref name="tile"/> + 3, packed; the next tile follows.</summary>
    public float* Tile(int chunk, int tile) => _tiles.Pointer + PageOffset + ((((long)chunk * StepsIn(ChunkLength) * TileCount) + ((long)tile * StepsOf(chunk))) * CosineTile.StepFloats);

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _tiles.Dispose();

    private static int StepsIn(int length) => (length + CosineTile.Lanes - 1) / CosineTile.Lanes;

    private void Pack(float[] four, int tile)
    {
        var squares = stackalloc float[CosineTile.Columns];
        fixed (float* columns = four)
        {
            for (var chunk = 0; chunk < ChunkCount; chunk++)
            {
                var start = columns + (chunk * ChunkLength);
                CosineTile.Pack(new(start, start + Dimension, start + (2 * Dimension), start + (3 * Dimension)), LengthOf(chunk), Tile(chunk, tile), squares);
            }
        }
    }
}
