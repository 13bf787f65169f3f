using System.Runtime.InteropServices;
using Gal.Scoring.Backends;
using Gal.V1;
using Google.Protobuf;

namespace Gal.Scoring.Embedding;

/// <summary>Rows of features.</summary>
/// <param name="Data">[rows, dimension], row-major.</param>
/// <param name="RowCount">Rows.</param>
/// <param name="Dimension">Features a row.</param>
internal sealed record FeatureRows(float[] Data, int RowCount, int Dimension)
{
    /// <summary>Rows of equal length, put below each other.</summary>
    public static FeatureRows Stack(IReadOnlyList<TextFeatures> texts, int dimension)
    {
        var data = new float[texts.Count * dimension];
        for (var i = 0; i < texts.Count; i++)
        {
            texts[i].Features.CopyTo(data, i * dimension);
        }

        return new(data, texts.Count, dimension);
    }

    /// <summary>The rows as a backend takes them.</summary>
    public HostEmbeddings ToBackend() => new(Data, RowCount, Dimension);

    /// <summary>The rows as a message: float32, little-endian, row-major.</summary>
    public Embeddings ToProto() => new() { Data = ByteString.CopyFrom(MemoryMarshal.AsBytes<float>(Data)), RowCount = RowCount, Dimension = Dimension };

    /// <summary>The rows of a message whose sizes have been checked.</summary>
    public static FeatureRows FromProto(Embeddings embeddings) =>
        new(MemoryMarshal.Cast<byte, float>(embeddings.Data.Span).ToArray(), embeddings.RowCount, embeddings.Dimension);
}
