namespace Gal.Scoring.Backends;

/// <summary>Embeddings in host memory.</summary>
public sealed class HostEmbeddings : EmbeddingRows
{
    private readonly ReadOnlyMemory<float> _data;

    /// <summary>Wraps a matrix without a copy.</summary>
    /// <param name="data">[<paramref name="rowCount"/>, <paramref name="dimension"/>], row-major. It must not change while it is used.</param>
    /// <param name="rowCount">Rows; 0 is allowed.</param>
    /// <param name="dimension">Features a row, at least 1.</param>
    /// <exception cref="ArgumentException">The length is not rows × features.</exception>
    public HostEmbeddings(ReadOnlyMemory<float> data, int rowCount, int dimension)
        : base(rowCount, dimension)
    {
        if (data.Length != (long)rowCount * dimension)
        {
            throw new ArgumentException($"The data has {data.Length} values; {rowCount} rows of {dimension} features are {(long)rowCount * dimension}.", nameof(data));
        }

        _data = data;
    }

    /// <inheritdoc/>
    public override ReadOnlyMemory<float> ToHost() => _data;
}
