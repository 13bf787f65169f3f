using Gal.Hosting.Errors;
using Gal.ModelServing.Work;
using Gal.V1;

namespace Gal.Scoring.Embedding;

/// <summary>Turns any source of features into rows.</summary>
internal sealed class FeatureReader(Embedder embedder)
{
    /// <summary>Checks what the rules of the proto cannot say: that an embedding's bytes fit its sizes.</summary>
    /// <param name="embeddings">Sent by a caller.</param>
    /// <param name="field">Where it stands in the request.</param>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT.</exception>
    public static HostFeatureRows Read(Embeddings embeddings, string field)
    {
        var expected = (long)embeddings.RowCount * embeddings.Dimension * sizeof(float);
        return embeddings.Data.Length == expected
            ? HostFeatureRows.FromProto(embeddings)
            : throw RpcErrors.InvalidField($"{field}.data", $"{embeddings.Data.Length} bytes long", $"must have row_count · dimension · 4 = {expected} bytes", "EMBEDDINGS_SIZE");
    }

    /// <summary>Reads a source; pictures and texts are embedded.</summary>
    /// <param name="modelFolder">The CLIP's model.</param>
    /// <param name="source">One of the three.</param>
    /// <param name="field">Where it stands in the request: "rows".</param>
    /// <param name="warnings">Receives a warning for each text that is cut.</param>
    /// <param name="clock">Told of the time spent.</param>
    /// <param name="cancellationToken">Stops within one batch.</param>
    /// <returns>The caller disposes it.</returns>
    public async Task<FeatureRows> ReadAsync(string modelFolder, FeatureSource source, string field, ICollection<Warning> warnings, WorkClock clock, CancellationToken cancellationToken)
    {
        switch (source.SourceCase)
        {
            case FeatureSource.SourceOneofCase.Images:
                return await embedder.EmbedImagesAsync(modelFolder, [.. source.Images.Images.Select((image, i) => (image, $"{field}.images.images[{i}]"))], clock, cancellationToken);
            case FeatureSource.SourceOneofCase.Texts:
                var texts = await embedder.EmbedTextsAsync(modelFolder, source.Texts.Texts, clock, cancellationToken);
                foreach (var warning in texts.Warnings)
                {
                    warnings.Add(warning);
                }

                return texts.Rows;
            default:
                return Read(source.Embeddings, $"{field}.embeddings");
        }
    }
}
