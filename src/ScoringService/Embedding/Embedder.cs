using Gal.Imaging;
using Gal.ModelServing.Images;
using Gal.ModelServing.Work;
using Gal.V1;

namespace Gal.Scoring.Embedding;

/// <summary>Embeds the contract's pictures and texts.</summary>
internal sealed class Embedder(IClipEncoder encoder, ImageBatcher batcher, ImageReader reader, ScoringServiceOptions options) : IDisposable
{
    private readonly TextCache _texts = new(options.TextCacheCapacity);

    /// <summary>Features a row.</summary>
    public Task<int> GetDimensionAsync(string modelFolder, CancellationToken cancellationToken) => encoder.GetDimensionAsync(modelFolder, cancellationToken);

    /// <summary>Decodes and embeds pictures; the next batch is decoded and scaled to the tower's size while one is embedded.</summary>
    /// <param name="modelFolder">The CLIP's model.</param>
    /// <param name="images">Each picture with its place in the request.</param>
    /// <param name="clock">Told of the time spent.</param>
    /// <param name="cancellationToken">Stops within one batch.</param>
    public async Task<FeatureRows> EmbedImagesAsync(string modelFolder, IReadOnlyList<(Image Image, string Field)> images, WorkClock clock, CancellationToken cancellationToken)
    {
        var side = await encoder.GetImageSideAsync(modelFolder, cancellationToken);
        var batches = images.Chunk(options.BatchSize).ToList();
        var features = new List<FeatureRows>();
        try
        {
            var decoding = DecodeAsync(batches[0], side, cancellationToken);
            for (var i = 0; i < batches.Count; i++)
            {
                var decoded = await decoding;
                decoding = i + 1 < batches.Count ? DecodeAsync(batches[i + 1], side, cancellationToken) : decoding;
                features.Add(await clock.MeasureAsync(WorkKind.Scoring, decoded.Length, () => batcher.EmbedAsync(modelFolder, decoded, cancellationToken)));
            }

            return await JoinAsync(features, cancellationToken);
        }
        finally
        {
            features.ForEach(rows => rows.Dispose());
        }
    }

    /// <summary>Embeds texts; those that were embedded before come from the cache.</summary>
    public async Task<EmbeddedTexts> EmbedTextsAsync(string modelFolder, IReadOnlyList<string> texts, WorkClock clock, CancellationToken cancellationToken)
    {
        var found = texts.Distinct().ToDictionary(text => text, text => _texts.Find(modelFolder, text));
        try
        {
            var missing = found.Where(t => t.Value is null).Select(t => t.Key).ToList();
            if (missing.Count > 0)
            {
                var features = await clock.MeasureAsync(WorkKind.Scoring, missing.Count, () => encoder.EmbedTextsAsync(modelFolder, missing, cancellationToken));
                for (var i = 0; i < missing.Count; i++)
                {
                    found[missing[i]] = features[i];
                    _texts.Add(modelFolder, missing[i], features[i]);
                }
            }

            var rows = await JoinAsync([.. texts.Select(text => found[text]!.Features)], cancellationToken);
            return new(texts, rows, [.. texts.Select(text => found[text]!.CutText)]);
        }
        finally
        {
            foreach (var text in found.Values)
            {
                text?.Dispose();
            }
        }
    }

    /// <summary>Rows put below each other: on the device if all of them are there.</summary>
    /// <param name="parts">One or more, of the same dimension. Borrowed.</param>
    /// <param name="cancellationToken">Gives up waiting for the device.</param>
    /// <returns>The caller disposes it.</returns>
    public Task<FeatureRows> JoinAsync(IReadOnlyList<FeatureRows> parts, CancellationToken cancellationToken) =>
        parts is [var only] ? Task.FromResult(only.Slice(0, only.RowCount)) : encoder.JoinAsync(parts, cancellationToken);

    /// <summary>Gives up the texts that are kept.</summary>
    public void Dispose() => _texts.Dispose();

    private Task<RgbImage[]> DecodeAsync(IReadOnlyList<(Image Image, string Field)> images, int side, CancellationToken cancellationToken) =>
        Task.WhenAll(images.Select(i => Task.Run(async () => ImageResizer.ClipCrop(await reader.ReadAsync(i.Image, i.Field, cancellationToken), side), cancellationToken)));
}
