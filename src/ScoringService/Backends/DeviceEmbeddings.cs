using Gal.Cuda;

namespace Gal.Scoring.Backends;

/// <summary>Embeddings in a card's memory, where the kernels take them without a copy.</summary>
public sealed class DeviceEmbeddings : EmbeddingRows
{
    private readonly Func<float[]> _copyToHost;

    /// <summary>Wraps memory that somebody else owns and keeps alive while this is used.</summary>
    /// <param name="matrix">Where it lies.</param>
    /// <param name="deviceIndex">The card that it lies on.</param>
    /// <param name="copyToHost">Brings the values to the host as float32, for backends that need them there.</param>
    public DeviceEmbeddings(DeviceMatrix matrix, int deviceIndex, Func<float[]> copyToHost)
        : base(matrix.RowCount, matrix.Dimension) => (Matrix, DeviceIndex, _copyToHost) = (matrix, deviceIndex, copyToHost);

    /// <summary>Where it lies.</summary>
    public DeviceMatrix Matrix { get; }

    /// <summary>The card that it lies on.</summary>
    public int DeviceIndex { get; }

    /// <inheritdoc/>
    public override ReadOnlyMemory<float> ToHost() => _copyToHost();
}
