using System.Numerics.Tensors;

namespace Gal.Scoring.Backends;

/// <summary>Cosines of many rows with columns that are normalised already, shared out among all processors where they are many.</summary>
internal static class CosineMatrix
{
    // Below this many multiplications a second thread costs more than it saves.
    private const long ParallelFrom = 4_000_000;

    // More than one a processor: one that is busy with something else takes fewer.
    private const int PartsPerProcessor = 8;

    // Rows a part, at most: the last parts end at about the same time, and few enough rows are a part's first, which nobody has fetched beforehand.
    private const int PartRows = 8192;

    /// <summary>Writes every cosine.</summary>
    /// <param name="rows">[n, dimension].</param>
    /// <param name="columns">m of them.</param>
    /// <param name="similarities">Receives [n, m].</param>
    public static void Compute(ReadOnlyMemory<float> rows, NormalizedColumns columns, Memory<float> similarities) =>
        ForEachGroup(rows, columns, group => (first, count) =>
            group.Multiply(rows.Span, first, count, similarities.Span.Slice(first * columns.Count, count * columns.Count)));

    /// <summary>Writes each row's highest cosine; NaN if one of its cosines is.</summary>
    /// <param name="rows">[n, dimension].</param>
    /// <param name="columns">m of them, at least one.</param>
    /// <param name="maxima">Receives [n].</param>
    public static void ComputeMaxima(ReadOnlyMemory<float> rows, NormalizedColumns columns, Memory<float> maxima) =>
        ForEachGroup(rows, columns, group =>
        {
            var similarities = new float[group.GroupSize * columns.Count];
            return (first, count) =>
            {
                group.Multiply(rows.Span, first, count, similarities);
                for (var i = 0; i < count; i++)
                {
                    maxima.Span[first + i] = TensorPrimitives.Max<float>(similarities.AsSpan(i * columns.Count, columns.Count));
                }
            };
        });

    // Each thread has working memory of its own and says with it what to do with a group of rows: its first one and their number.
    private static void ForEachGroup(ReadOnlyMemory<float> rows, NormalizedColumns columns, Func<CosineRows, Action<int, int>> begin)
    {
        var rowCount = rows.Length / columns.Dimension;
        if (rowCount == 0 || columns.Count == 0)
        {
            return;
        }

        if ((long)rows.Length * columns.Count < ParallelFrom)
        {
            using var group = new CosineRows(columns, rowCount);
            RunPart(group, 0, rowCount, begin(group));
            return;
        }

        // By hand: Parallel.For would give a thread several parts at once, and the others would wait for its last ones.
        var partRows = Math.Min(PartRows, Math.Max(1, rowCount / (Environment.ProcessorCount * PartsPerProcessor * CosineTile.Rows)) * CosineTile.Rows);
        var next = 0L;
        Parallel.For(0, Environment.ProcessorCount, _ =>
        {
            using var group = new CosineRows(columns, partRows);
            var action = begin(group);
            for (var start = Take(); start < rowCount; start = Take())
            {
                RunPart(group, (int)start, (int)Math.Min(start + partRows, rowCount), action);
            }
        });

        long Take() => Interlocked.Add(ref next, partRows) - partRows;
    }

    private static void RunPart(CosineRows group, int start, int end, Action<int, int> action)
    {
        for (var first = start; first < end; first += group.GroupSize)
        {
            action(first, Math.Min(group.GroupSize, end - first));
        }
    }
}
