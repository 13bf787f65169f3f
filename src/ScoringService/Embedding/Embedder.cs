using Gal.Imaging;
using Gal.ModelServing;
using Gal.ModelServing.Images;
using Gal.ModelServing.Work;
using Gal.V1;

namespace Gal.Scoring.Embedding;

/// <summary>Embeds the contract's pictures and texts.</summary>
internal sealed class Embedder(IClipEncoder encoder, ImageBatcher batcher, ImageReader reader, ScoringServiceOptions options)
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
        var dimension = await encoder.GetDimensionAsync(modelFolder, cancellationToken);
        var side = await encoder.GetImageSideAsync(modelFolder, cancellationToken);
        var data = new float[images.Count * dimension];
        var batches = images.Chunk(options.BatchSize).ToList();
        var decoding = DecodeAsync(batches[0], side, cancellationToken);
        for (var i = 0; i < batches.Count; i++)
        {
            var decoded = await decoding;
            decoding = i + 1 < batches.Count ? DecodeAsync(batches[i + 1], side, cancellationToken) : decoding;
            var features = await clock.MeasureAsync(WorkKind.Scoring, decoded.Length, () => batcher.EmbedAsync(modelFolder, decoded, cancellationToken));
            features.CopyTo(data, i * options.BatchSize * dimension);
        }

        return new(data, images.Count, dimension);
    }

    /// <summary>Embeds texts; those that were embedded before come from the cache.</summary>
    public async Task<IReadOnlyList<TextFeatures>> EmbedTextsAsync(string modelFolder, IReadOnlyList<string> texts, WorkClock clock, CancellationToken cancellationToken)
    {
        var found = texts.Distinct().ToDictionary(text => text, text => _texts.Find(modelFolder, text));
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

        return [.. texts.Select(text => found[text]!)];
    }

    /// <summary>Warnings for the texts that are cut, each once.</summary>
    public static IEnumerable<Warning> FindWarnings(IReadOnlyList<string> texts, IReadOnlyList<TextFeatures> features) =>
        texts.Zip(features).Where(t => t.Second.CutText.Length > 0).DistinctBy(t => t.First).Select(t => Warnings.PromptTruncated(t.First, t.Second.CutText));

    private Task<RgbImage[]> DecodeAsync(IReadOnlyList<(Image Image, string Field)> images, int side, CancellationToken cancellationToken) =>
        Task.WhenAll(images.Select(i => Task.Run(async () => ImageResizer.ClipCrop(await reader.ReadAsync(i.Image, i.Field, cancellationToken), side), cancellationToken)));
}
