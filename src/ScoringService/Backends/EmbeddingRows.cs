namespace Gal.Scoring.Backends;

/// <summary>A matrix of CLIP features, one a row, row-major. Rows need not have length 1.</summary>
public abstract class EmbeddingRows
{
    private protected EmbeddingRows(int rowCount, int dimension)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rowCount);
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1);
        (RowCount, Dimension) = (rowCount, dimension);
    }

    /// <summary>Rows; 0 is allowed.</summary>
    public int RowCount { get; }

    /// <summary>Features a row, at least 1.</summary>
    public int Dimension { get; }

    /// <summary>The features in host memory, [<see cref="RowCount"/>, <see cref="Dimension"/>] float32: as they are where they lie there already, else a copy.</summary>
    public abstract ReadOnlyMemory<float> ToHost();
}
