using System.Runtime.InteropServices;
using Gal.Scoring.Backends;
using Gal.V1;

namespace Gal.Scoring.Embedding;

/// <summary>Rows of features in host memory.</summary>
/// <param name="data">[<paramref name="rowCount"/>, <paramref name="dimension"/>], row-major. Shared: not to be written to.</param>
/// <param name="rowCount">Rows.</param>
/// <param name="dimension">Features a row.</param>
internal sealed class HostFeatureRows(ReadOnlyMemory<float> data, int rowCount, int dimension) : FeatureRows(rowCount, dimension)
{
    /// <summary>The rows of a message whose sizes have been checked.</summary>
    public static HostFeatureRows FromProto(Embeddings embeddings) =>
        new(MemoryMarshal.Cast<byte, float>(embeddings.Data.Span).ToArray(), embeddings.RowCount, embeddings.Dimension);

    /// <summary>Rows put below each other; those that lie elsewhere are copied to the host.</summary>
    /// <param name="parts">One or more, of the same dimension. Borrowed.</param>
    public static HostFeatureRows Join(IReadOnlyList<FeatureRows> parts)
    {
        var (rowCount, dimension) = (parts.Sum(part => part.RowCount), parts[0].Dimension);
        var joined = new float[rowCount * dimension];
        var start = 0;
        foreach (var part in parts)
        {
            part.ToBackend().ToHost().CopyTo(joined.AsMemory(start));
            start += part.RowCount * dimension;
        }

        return new(joined, rowCount, dimension);
    }

    /// <inheritdoc/>
    public override HostEmbeddings ToBackend() => new(data, RowCount, Dimension);

    /// <inheritdoc/>
    public override HostFeatureRows Slice(int first, int count) => new(data.Slice(first * Dimension, count * Dimension), count, Dimension);

    /// <inheritdoc/>
    public override void Dispose()
    {
    }
}
