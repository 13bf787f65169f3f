using Gal.Cuda;

namespace Gal.Scoring.Backends;

/// <summary>Embeddings in a card's memory, where the kernels take them without a copy.</summary>
public sealed class DeviceEmbeddings : EmbeddingRows
{
    private readonly Func<float[]> _copyToHost;

    /// <summary>Wraps memory that somebody else owns and keeps alive while this is used.</summary>
    /// <param name="matrix">Where it lies, on the card that the kernels run on.</param>
    /// <param name="copyToHost">Brings the values to the host as float32, for backends that need them there.</param>
    public DeviceEmbeddings(DeviceMatrix matrix, Func<float[]> copyToHost)
        : base(matrix.RowCount, matrix.Dimension) => (Matrix, _copyToHost) = (matrix, copyToHost);

    /// <summary>Where it lies.</summary>
    public DeviceMatrix Matrix { get; }

    /// <inheritdoc/>
    public override ReadOnlyMemory<float> ToHost() => _copyToHost();
}
