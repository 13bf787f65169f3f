using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gal.Scoring.Backends;

/// <summary>
/// Groups of rows against all columns. For one chunk of the width after the other, four rows at a time are packed on their way through the first tile of columns and meet the others from the first-level cache;
/// meanwhile rows further on are fetched from memory.
/// </summary>
internal sealed unsafe class CosineRows : IDisposable
{
    // Rows before the next chunk's columns take the place of this one's in the first-level cache: enough that fetching those costs little.
    private const int MaxBlocks = 16;

    // Sums of a group, so that they stay in the second-level cache where there are many columns.
    private const int SumFloats = 32 * 1024;

    // Blocks of four rows between what is fetched and what is at work.
    private const int BlocksAhead = 2;

    private readonly NormalizedColumns _columns;
    private readonly AlignedFloats _packed = new(NormalizedColumns.ChunkLength * CosineTile.Rows);
    private readonly AlignedFloats _sums;
    private readonly AlignedFloats _squares;

    /// <summary>Takes working memory.</summary>
    /// <param name="columns">The columns; borrowed.</param>
    /// <param name="rowCount">Rows to come, at most; a group has no more.</param>
    public CosineRows(NormalizedColumns columns, int rowCount)
    {
        _columns = columns;
        var blocks = Math.Clamp(Math.Min(SumFloats / Math.Max(1, columns.TileCount * CosineTile.TileSums), (rowCount + CosineTile.Rows - 1) / CosineTile.Rows), 1, MaxBlocks);
        GroupSize = blocks * CosineTile.Rows;
        _sums = new AlignedFloats(blocks * columns.TileCount * CosineTile.TileSums);
        _squares = new AlignedFloats(GroupSize);
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
            for (var chunk = 0; chunk < _columns.ChunkCount; chunk++)
            {
                for (var block = 0; block < blockCount; block++)
                {
                    MultiplyBlock(group, block, count, chunk, FindNext(group, block + BlocksAhead, blockCount, chunk));
                }
            }

            for (var block = 0; block < blockCount; block++)
            {
                var row = block * CosineTile.Rows;
                Write(block, Math.Min(CosineTile.Rows, count - row), target + ((long)row * _columns.Count));
            }
        }
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        _packed.Dispose();
        _sums.Dispose();
        _squares.Dispose();
    }

    // What the rows of a block that comes later are read from: of this chunk, of the next one, or of the next group.
    private float* FindNext(float* group, int block, int blockCount, int chunk) => block < blockCount
        ? At(group, block * CosineTile.Rows, chunk)
        : chunk + 1 < _columns.ChunkCount ? At(group, (block - blockCount) * CosineTile.Rows, chunk + 1) : At(group, block * CosineTile.Rows, 0);

    // Adds one chunk's products to the sums of four rows; past the group's end the last row stands for those that are missing.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MultiplyBlock(float* group, int block, int count, int chunk, float* next)
    {
        var (steps, length, adds) = (_columns.StepsOf(chunk), _columns.LengthOf(chunk), chunk > 0);
        var (first, last) = (block * CosineTile.Rows, count - 1);
        var rows = new FourRows(At(group, first, chunk), At(group, Math.Min(first + 1, last), chunk), At(group, Math.Min(first + 2, last), chunk), At(group, Math.Min(first + 3, last), chunk));
        float* packed = _packed.Pointer, columns = _columns.Tile(chunk, 0), sums = SumsOf(block);
        var squares = stackalloc float[CosineTile.Rows];
        if (CosineTile.PacksOnTheWay(length) && _columns.TileCount > 0)
        {
            CosineTile.PackAndDot(rows, packed, columns, steps, next, sums, adds, squares);
            CosineTile.Dot(packed, columns + (steps * CosineTile.StepFloats), steps, _columns.TileCount - 1, next + _columns.Dimension, _columns.Dimension, sums + CosineTile.TileSums, adds);
        }
        else
        {
            CosineTile.Pack(rows, length, packed, squares);
            CosineTile.Dot(packed, columns, steps, _columns.TileCount, next, _columns.Dimension, sums, adds);
        }

        var squareSums = _squares.Pointer + first;
        (adds ? Vector128.Load(squareSums) + Vector128.Load(squares) : Vector128.Load(squares)).Store(squareSums);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Write(int block, int rowCount, float* target)
    {
        float* sums = SumsOf(block), squares = _squares.Pointer + (block * CosineTile.Rows);
        var factors = Spread(NormalizedColumns.InverseNorm(squares[0]), NormalizedColumns.InverseNorm(squares[1]), NormalizedColumns.InverseNorm(squares[2]), NormalizedColumns.InverseNorm(squares[3]));
        for (var (column, stride) = (0, _columns.Count); column < stride; column += CosineTile.Columns, sums += CosineTile.TileSums)
        {
            var cosines = Vector512.Load(sums) * factors;
            var width = Math.Min(CosineTile.Columns, stride - column);
            var start = target + column;
            Store(cosines.GetLower().GetLower(), width, start);
            Store(cosines.GetLower().GetUpper(), rowCount > 1 ? width : 0, start + stride);
            Store(cosines.GetUpper().GetLower(), rowCount > 2 ? width : 0, start + (2 * stride));
            Store(cosines.GetUpper().GetUpper(), rowCount > 3 ? width : 0, start + (3 * stride));
        }
    }

    private float* SumsOf(int block) => _sums.Pointer + (block * _columns.TileCount * CosineTile.TileSums);

    private float* At(float* group, int row, int chunk) => group + ((long)row * _columns.Dimension) + (chunk * NormalizedColumns.ChunkLength);

    private static Vector512<float> Spread(float row0, float row1, float row2, float row3) => Vector512.Create(
        Vector256.Create(Vector128.Create(row0), Vector128.Create(row1)),
        Vector256.Create(Vector128.Create(row2), Vector128.Create(row3)));

    // From the registers: four loads of what has just been stored as one would wait for it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector128<float> cosines, int count, float* target)
    {
        if (count == CosineTile.Columns)
        {
            cosines.Store(target);
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
