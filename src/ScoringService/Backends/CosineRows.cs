using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gal.Scoring.Backends;

/// <summary>
/// Groups of rows against all columns. For one chunk of the width after the other, four rows at a time are packed on their way through the first tile of columns and meet the others from the first-level cache;
/// meanwhile the next group is fetched from memory in the order in which it lies there, which the processor's own prefetching recognises and runs ahead of.
/// </summary>
internal sealed unsafe class CosineRows : IDisposable
{
    // Rows before the next chunk's columns take the place of this one's in the first-level cache: enough that fetching those costs little, and so few that what is fetched beforehand is still at hand.
    private const int MaxBlocks = 4;

    // Sums of a group, so that they stay in the second-level cache where there are many columns.
    private const int SumFloats = 32 * 1024;

    private readonly NormalizedColumns _columns;
    private readonly AlignedFloats _packed = new(NormalizedColumns.ChunkLength * CosineTile.Rows);
    private readonly AlignedFloats _sums;
    private readonly AlignedFloats _lasts;
    private readonly int _lastsLength;

    /// <summary>Takes working memory.</summary>
    /// <param name="columns">The columns, at least one; borrowed.</param>
    /// <param name="rowCount">Rows to come, at most; a group has no more.</param>
    public CosineRows(NormalizedColumns columns, int rowCount)
    {
        _columns = columns;
        var blocks = Math.Clamp(Math.Min(SumFloats / (columns.TileCount * CosineTile.TileSums), (rowCount + CosineTile.Rows - 1) / CosineTile.Rows), 1, MaxBlocks);
        GroupSize = blocks * CosineTile.Rows;
        _lastsLength = (columns.TileCount + 1) * CosineTile.Rows;
        _sums = new AlignedFloats(blocks * columns.TileCount * CosineTile.TileSums);
        _lasts = new AlignedFloats(blocks * _lastsLength);
    }

    /// <summary>Rows that <see cref="Multiply"/> takes at once.</summary>
    public int GroupSize { get; }

    /// <summary>Writes the cosines of a group of rows.</summary>
    /// <param name="rows">[n, dimension], all of them.</param>
    /// <param name="first">The first of the group.</param>
    /// <param name="count">1 to <see cref="GroupSize"/>.</param>
    /// <param name="similarities">Receives [count, columns].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Multiply(ReadOnlySpan<float> rows, int first, int count, Span<float> similarities)
    {
        var blockCount = (count + CosineTile.Rows - 1) / CosineTile.Rows;
        fixed (float* all = rows[..((first + count) * _columns.Dimension)], target = similarities[..(count * _columns.Count)])
        {
            var group = all + ((long)first * _columns.Dimension);
            var next = group + ((long)count * _columns.Dimension);
            for (var chunk = 0; chunk < _columns.ChunkCount; chunk++)
            {
                MultiplyChunk(group, count, chunk, next);
                next += (long)blockCount * CosineTile.Rows * _columns.LengthOf(chunk);
            }

            for (var block = 0; block < blockCount; block++)
            {
                var row = block * CosineTile.Rows;
                Write(block, Math.Min(CosineTile.Rows, count - row) - 1, target + ((long)row * _columns.Count));
            }
        }
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        _packed.Dispose();
        _sums.Dispose();
        _lasts.Dispose();
    }

    // Adds one chunk's products to the sums; past the group's end the last row stands for those that are missing.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MultiplyChunk(float* group, int count, int chunk, float* next)
    {
        var (steps, length, columnCount, dimension, adds) = (_columns.StepsOf(chunk), _columns.LengthOf(chunk), _columns.Count, (nint)_columns.Dimension, chunk > 0);
        var readsAsTheyLie = CosineTile.ReadsAsTheyLie(_columns.Dimension);
        float* packed = _packed.Pointer, columns = _columns.Tile(chunk, 0), row = group + (chunk * NormalizedColumns.ChunkLength);
        for (var first = 0; first < count; first += CosineTile.Rows, row += CosineTile.Rows * dimension, next += CosineTile.Rows * length)
        {
            var last = count - 1 - first;
            nint to1 = Math.Min(1, last) * dimension, to2 = Math.Min(2, last) * dimension, to3 = Math.Min(3, last) * dimension;
            float* sums = SumsOf(first / CosineTile.Rows), lasts = LastsOf(first / CosineTile.Rows);
            if (readsAsTheyLie && columnCount <= CosineTile.Columns)
            {
                WideCosineTile.Dot(row, to1, to2, to3, CosineTile.Lanes, columns, steps, columnCount, next, sums, lasts, adds);
                continue;
            }

            if (readsAsTheyLie)
            {
                WideCosineTile.PackAndDot(row, to1, to2, to3, packed, columns, steps, next, sums, lasts, adds);
                CosineTile.Dot(packed, columns + (steps * CosineTile.ColumnStep), steps, columnCount - CosineTile.Columns, next + length, sums + CosineTile.TileSums, lasts + CosineTile.Rows, adds);
                continue;
            }

            CosineTile.Pack(row, length, packed, CosineTile.RowStep);
            CosineTile.Pack(row + to1, length, packed + CosineTile.Lanes, CosineTile.RowStep);
            CosineTile.Pack(row + to2, length, packed + (2 * CosineTile.Lanes), CosineTile.RowStep);
            CosineTile.Pack(row + to3, length, packed + (3 * CosineTile.Lanes), CosineTile.RowStep);
            CosineTile.Dot(packed, columns, steps, columnCount, next, sums, lasts, adds);
        }
    }

    // Past the last row its own values are written again.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Write(int block, int last, float* target)
    {
        float* sums = SumsOf(block), lasts = LastsOf(block), squares = lasts + (_columns.Count / CosineTile.Columns * CosineTile.Rows);
        var inverse = NormalizedColumns.InverseNorm(Vector128.Load(squares));
        var factors = Spread(inverse);
        var stride = _columns.Count;
        float* row0 = target, row1 = target + (Math.Min(1, last) * stride), row2 = target + (Math.Min(2, last) * stride), row3 = target + (Math.Min(3, last) * stride);
        for (var column = 0; column < stride; column += CosineTile.Columns, sums += CosineTile.TileSums, lasts += CosineTile.Rows)
        {
            var (cosines, fifth) = (Vector512.Load(sums) * factors, Vector128.Load(lasts) * inverse);
            var width = Math.Min(CosineTile.Columns, stride - column);
            Store(cosines.GetLower().GetLower(), fifth[0], width, row0 + column);
            Store(cosines.GetLower().GetUpper(), fifth[1], width, row1 + column);
            Store(cosines.GetUpper().GetLower(), fifth[2], width, row2 + column);
            Store(cosines.GetUpper().GetUpper(), fifth[3], width, row3 + column);
        }
    }

    private float* SumsOf(int block) => _sums.Pointer + (block * _columns.TileCount * CosineTile.TileSums);

    private float* LastsOf(int block) => _lasts.Pointer + (block * _lastsLength);

    private static Vector512<float> Spread(Vector128<float> rows) => Vector512.Create(
        Vector256.Create(Vector128.Create(rows[0]), Vector128.Create(rows[1])),
        Vector256.Create(Vector128.Create(rows[2]), Vector128.Create(rows[3])));

    // From the registers: four loads of what has just been stored as one would wait for it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector128<float> cosines, float last, int count, float* target)
    {
        if (count >= Vector128<float>.Count)
        {
            cosines.Store(target);
            if (count > Vector128<float>.Count)
            {
                target[Vector128<float>.Count] = last;
            }

            return;
        }

        if ((count & 2) != 0)
        {
            cosines.GetLower().Store(target);
        }

        if ((count & 1) != 0)
        {
            target[count - 1] = count == 1 ? cosines[0] : cosines[2];
        }
    }
}
