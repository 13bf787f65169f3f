using System.Runtime.InteropServices;
using Gal.Scoring.Backends;
using Gal.V1;
using Google.Protobuf;

namespace Gal.Scoring.Embedding;

/// <summary>Rows of features, in host memory or where torch holds them. Whoever is given one disposes it.</summary>
/// <param name="rowCount">Rows, at least 0.</param>
/// <param name="dimension">Features a row.</param>
internal abstract class FeatureRows(int rowCount, int dimension) : IDisposable
{
    /// <summary>Rows.</summary>
    public int RowCount { get; } = rowCount;

    /// <summary>Features a row.</summary>
    public int Dimension { get; } = dimension;

    /// <summary>The rows as a backend takes them, without a copy; good until this is disposed.</summary>
    public abstract EmbeddingRows ToBackend();

    /// <summary>Some of the rows, without a copy; good after this is disposed, too.</summary>
    /// <param name="first">The first of them.</param>
    /// <param name="count">How many.</param>
    public abstract FeatureRows Slice(int first, int count);

    /// <summary>The rows as a message: float32, little-endian, row-major.</summary>
    public Embeddings ToProto() => new() { Data = ByteString.CopyFrom(MemoryMarshal.AsBytes(ToBackend().ToHost().Span)), RowCount = RowCount, Dimension = Dimension };

    /// <inheritdoc/>
    public abstract void Dispose();
}
