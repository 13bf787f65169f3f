namespace Gal.Scoring.Backends;

/// <summary>The shapes that a cosine matrix needs, checked alike by every backend.</summary>
internal static class SimilarityShapes
{
    /// <exception cref="ArgumentException">The dimensions differ, or the result does not hold rows · columns values.</exception>
    public static void Require(EmbeddingRows rows, EmbeddingRows columns, int resultLength)
    {
        if (rows.Dimension != columns.Dimension)
        {
            throw new ArgumentException($"The rows have {rows.Dimension} features and the columns {columns.Dimension}; they must have as many.", nameof(columns));
        }

        if (resultLength != (long)rows.RowCount * columns.RowCount)
        {
            throw new ArgumentException($"The result has room for {resultLength} values; {rows.RowCount} rows and {columns.RowCount} columns make {(long)rows.RowCount * columns.RowCount}.", nameof(resultLength));
        }
    }
}
