using Gal.Diffusion.Pipelines;
using Gal.Diffusion.Runtime;
using Gal.Diffusion.Weights;
using Gal.Imaging;

namespace Gal.Scoring.Embedding;

/// <summary>Embeds with Gal.Diffusion. One CLIP is kept loaded.</summary>
internal sealed class ClipEncoder(DeviceWorker device) : IClipEncoder, IAsyncDisposable
{
    private ClipScorer? _clip;
    private string _loadedFolder = "";

    public Task<int> GetDimensionAsync(string modelFolder, CancellationToken cancellationToken) =>
        _loadedFolder == modelFolder && _clip is { } clip ? Task.FromResult(clip.Dimension) : device.RunAsync(() => Load(modelFolder).Dimension, cancellationToken);

    public Task<int> GetImageSideAsync(string modelFolder, CancellationToken cancellationToken) =>
        _loadedFolder == modelFolder && _clip is { } clip ? Task.FromResult(clip.ImageSide) : device.RunAsync(() => Load(modelFolder).ImageSide, cancellationToken);

    public Task<float[]> EmbedImagesAsync(string modelFolder, IReadOnlyList<RgbImage> images, CancellationToken cancellationToken) =>
        device.RunAsync(() => Load(modelFolder).EmbedImages(images, cancellationToken), cancellationToken);

    public Task<IReadOnlyList<TextFeatures>> EmbedTextsAsync(string modelFolder, IReadOnlyList<string> texts, CancellationToken cancellationToken) =>
        device.RunAsync<IReadOnlyList<TextFeatures>>(
            () =>
            {
                var clip = Load(modelFolder);
                var features = clip.EmbedTexts(texts, cancellationToken).Chunk(clip.Dimension);
                return [.. features.Zip(texts, (row, text) => new TextFeatures(row, clip.Tokenizer.Tokenize(text).CutText ?? ""))];
            },
            cancellationToken);

    public async ValueTask DisposeAsync()
    {
        try
        {
            await device.RunAsync(() => _clip?.Dispose());
        }
        catch (ObjectDisposedException)
        {
            // The device ended first, and its process's memory with it.
        }
    }

    private ClipScorer Load(string modelFolder)
    {
        if (_clip is null || _loadedFolder != modelFolder)
        {
            _clip?.Dispose();
            _clip = null;
            _clip = ClipScorer.Load(FindClip(modelFolder));
            _loadedFolder = modelFolder;
        }

        return _clip;
    }

    // A folder of a whole pipeline has its CLIP in "clip"; a CLIP's own folder has a config.json at its top.
    private static string FindClip(string modelFolder) =>
        File.Exists(Path.Combine(modelFolder, "model_index.json"))
            ? ModelFolder.Open(modelFolder).ClipPath ?? throw new ModelConfigException($"{modelFolder} has no CLIP to score with (clip/config.json); name a model folder that has one.")
            : modelFolder;
}
