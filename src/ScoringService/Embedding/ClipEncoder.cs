using Gal.Diffusion.Pipelines;
using Gal.Diffusion.Runtime;
using Gal.Diffusion.Weights;
using Gal.Imaging;
using Gal.Scoring.Backends;
using TorchSharp;

namespace Gal.Scoring.Embedding;

/// <summary>Embeds with Gal.Diffusion. One CLIP is kept loaded.</summary>
/// <param name="device">All torch work is done there.</param>
/// <param name="place">Says where CLIP runs; asked once, on the device's thread.</param>
internal sealed class ClipEncoder(DeviceWorker device, Func<ClipPlacement> place) : IClipEncoder, IAsyncDisposable
{
    private readonly Lazy<ClipPlacement> _placement = new(place);
    private ClipScorer? _clip;
    private string _loadedFolder = "";

    public Task<int> GetDimensionAsync(string modelFolder, CancellationToken cancellationToken) =>
        _loadedFolder == modelFolder && _clip is { } clip ? Task.FromResult(clip.Dimension) : device.RunAsync(() => Load(modelFolder).Dimension, cancellationToken);

    public Task<int> GetImageSideAsync(string modelFolder, CancellationToken cancellationToken) =>
        _loadedFolder == modelFolder && _clip is { } clip ? Task.FromResult(clip.ImageSide) : device.RunAsync(() => Load(modelFolder).ImageSide, cancellationToken);

    public Task<FeatureRows> EmbedImagesAsync(string modelFolder, IReadOnlyList<RgbImage> images, CancellationToken cancellationToken) =>
        device.RunAsync(() => Place(Load(modelFolder).ImageFeatures(images, cancellationToken)), cancellationToken);

    public Task<IReadOnlyList<TextFeatures>> EmbedTextsAsync(string modelFolder, IReadOnlyList<string> texts, CancellationToken cancellationToken) =>
        device.RunAsync<IReadOnlyList<TextFeatures>>(() => [.. texts.Select(text => EmbedText(Load(modelFolder), text, cancellationToken))], cancellationToken);

    public Task<FeatureRows> JoinAsync(IReadOnlyList<FeatureRows> parts, CancellationToken cancellationToken)
    {
        var onCard = parts.OfType<TensorFeatureRows>().ToList();
        return onCard.Count == parts.Count
            ? device.RunAsync<FeatureRows>(() => TensorFeatureRows.Join(onCard), cancellationToken)
            : Task.FromResult<FeatureRows>(HostFeatureRows.Join(parts));
    }

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

    private TextFeatures EmbedText(ClipScorer clip, string text, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(Place(clip.TextFeatures(text)), clip.Tokenizer.Tokenize(text).CutText ?? "");
    }

    // Takes the tensor over.
    private FeatureRows Place(torch.Tensor features)
    {
        if (_placement.Value.KeepsFeatures)
        {
            return new TensorFeatureRows(features);
        }

        using (features)
        {
            return new HostFeatureRows(TensorEmbeddings.CopyToHost(features), (int)features.shape[0], (int)features.shape[1]);
        }
    }

    private ClipScorer Load(string modelFolder)
    {
        if (_clip is null || _loadedFolder != modelFolder)
        {
            _clip?.Dispose();
            _clip = null;
            _clip = ClipScorer.Load(FindClip(modelFolder), _placement.Value.Device);
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
