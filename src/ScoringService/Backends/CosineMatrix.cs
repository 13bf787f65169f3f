using System.Numerics.Tensors;

namespace Gal.Scoring.Backends;

/// <summary>Cosines of many rows with columns that are normalised already, shared out among all processors where they are many.</summary>
internal static class CosineMatrix
{
    // Below this many multiplications a second thread costs more than it saves.
    private const long ParallelFrom = 4_000_000;

    // More than one: a processor that is busy with something else takes fewer.
    private const int PartsPerProcessor = 8;

    /// <summary>Writes every cosine.</summary>
    /// <param name="rows">[n, dimension].</param>
    /// <param name="columns">m of them.</param>
    /// <param name="similarities">Receives [n, m].</param>
    public static void Compute(ReadOnlyMemory<float> rows, NormalizedColumns columns, Memory<float> similarities) =>
        ForEachPart(rows, columns, (start, end) =>
        {
            using var group = new CosineRows(columns, end - start);
            for (var first = start; first < end; first += group.GroupSize)
            {
                var count = Math.Min(group.GroupSize, end - first);
                group.Multiply(rows.Span, first, count, similarities.Span.Slice(first * columns.Count, count * columns.Count));
            }
        });

    /// <summary>Writes each row's highest cosine; NaN if one of its cosines is.</summary>
    /// <param name="rows">[n, dimension].</param>
    /// <param name="columns">m of them, at least one.</param>
    /// <param name="maxima">Receives [n].</param>
    public static void ComputeMaxima(ReadOnlyMemory<float> rows, NormalizedColumns columns, Memory<float> maxima) =>
        ForEachPart(rows, columns, (start, end) =>
        {
            using var group = new CosineRows(columns, end - start);
            var similarities = new float[group.GroupSize * columns.Count];
            for (var first = start; first < end; first += group.GroupSize)
            {
                var count = Math.Min(group.GroupSize, end - first);
                group.Multiply(rows.Span, first, count, similarities);
                for (var i = 0; i < count; i++)
                {
                    maxima.Span[first + i] = TensorPrimitives.Max<float>(similarities.AsSpan(i * columns.Count, columns.Count));
                }
            }
        });

    private static void ForEachPart(ReadOnlyMemory<float> rows, NormalizedColumns columns, Action<int, int> action)
    {
        var rowCount = rows.Length / columns.Dimension;
        if ((long)rows.Length * columns.Count < ParallelFrom)
        {
            action(0, rowCount);
            return;
        }

        var groupCount = (rowCount + CosineTile.Rows - 1) / CosineTile.Rows;
        var partCount = Environment.ProcessorCount * PartsPerProcessor;
        Parallel.For(0, partCount, part => action(StartOf(part), Math.Min(StartOf(part + 1), rowCount)));

        int StartOf(int part) => (int)((long)groupCount * part / partCount) * CosineTile.Rows;
    }
}
