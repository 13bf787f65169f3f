using System.Buffers;
using System.Numerics.Tensors;

namespace Gal.Scoring.Backends;

/// <summary>Cosines of many rows with columns that are normalised already. Rows stream through the first-level cache in blocks; each block meets every tile of columns there.</summary>
internal static class CosineMatrix
{
    // A block of rows and a tile of columns share the 32 KiB of a first-level cache.
    private const int BlockFloats = 4096;

    // Below this many multiplications a second thread costs more than it saves.
    private const long ParallelFrom = 4_000_000;

    /// <summary>Writes every cosine.</summary>
    /// <param name="rows">[n, dimension].</param>
    /// <param name="columns">m of them.</param>
    /// <param name="similarities">Receives [n, m].</param>
    public static void Compute(ReadOnlyMemory<float> rows, NormalizedColumns columns, Memory<float> similarities) =>
        ForEachBlock(rows, columns, (block, first) => Multiply(block, columns, similarities.Span.Slice(first * columns.Count, block.Length / columns.Dimension * columns.Count)));

    /// <summary>Writes each row's highest cosine; NaN if one of its cosines is.</summary>
    /// <param name="rows">[n, dimension].</param>
    /// <param name="columns">m of them, at least one.</param>
    /// <param name="maxima">Receives [n].</param>
    public static void ComputeMaxima(ReadOnlyMemory<float> rows, NormalizedColumns columns, Memory<float> maxima) =>
        ForEachBlock(rows, columns, (block, first) =>
        {
            var rowCount = block.Length / columns.Dimension;
            var similarities = ArrayPool<float>.Shared.Rent(rowCount * columns.Count);
            Multiply(block, columns, similarities.AsSpan(0, rowCount * columns.Count));
            for (var i = 0; i < rowCount; i++)
            {
                maxima.Span[first + i] = TensorPrimitives.Max<float>(similarities.AsSpan(i * columns.Count, columns.Count));
            }

            ArrayPool<float>.Shared.Return(similarities);
        });

    private static void ForEachBlock(ReadOnlyMemory<float> rows, NormalizedColumns columns, BlockAction action)
    {
        var dimension = columns.Dimension;
        var rowCount = rows.Length / dimension;
        var rowsPerBlock = Math.Max(2, BlockFloats / dimension / 2 * 2);
        var blockCount = (rowCount + rowsPerBlock - 1) / rowsPerBlock;
        var threads = (long)rows.Length * columns.Count < ParallelFrom ? 1 : Environment.ProcessorCount;
        if (threads == 1)
        {
            Run(0, blockCount);
        }
        else
        {
            Parallel.For(0, threads, part => Run((int)((long)blockCount * part / threads), (int)((long)blockCount * (part + 1) / threads)));
        }

        void Run(int firstBlock, int endBlock)
        {
            for (var block = firstBlock; block < endBlock; block++)
            {
                var first = block * rowsPerBlock;
                var count = Math.Min(rowsPerBlock, rowCount - first);
                action(rows.Span.Slice(first * dimension, count * dimension), first);
            }
        }
    }

    private static void Multiply(ReadOnlySpan<float> block, NormalizedColumns columns, Span<float> similarities)
    {
        var dimension = columns.Dimension;
        var rowCount = block.Length / dimension;
        Span<float> dots = stackalloc float[2 * CosineTile.Columns];
        Span<float> inverseNorms = stackalloc float[rowCount];
        for (var i = 0; i < rowCount; i++)
        {
            inverseNorms[i] = NormalizedColumns.InverseNorm(block.Slice(i * dimension, dimension));
        }

        for (var j = 0; j < columns.PaddedCount; j += CosineTile.Columns)
        {
            var tile = columns.Data.AsSpan(j * dimension, CosineTile.Columns * dimension);
            var width = Math.Min(CosineTile.Columns, columns.Count - j);
            for (var i = 0; i < rowCount; i += 2)
            {
                // The last row of an odd number is its own partner.
                var other = Math.Min(i + 1, rowCount - 1);
                CosineTile.Dot(block.Slice(i * dimension, dimension), block.Slice(other * dimension, dimension), tile, dots);
                TensorPrimitives.Multiply(dots[..width], inverseNorms[i], similarities.Slice((i * columns.Count) + j, width));
                TensorPrimitives.Multiply(dots.Slice(CosineTile.Columns, width), inverseNorms[other], similarities.Slice((other * columns.Count) + j, width));
            }
        }
    }

    private delegate void BlockAction(ReadOnlySpan<float> block, int firstRow);
}
