using Gal.Diffusion.Models;
using Gal.Diffusion.Models.Inference;
using Gal.Diffusion.Runtime;
using Gal.Diffusion.Tokenization;
using Gal.Diffusion.Weights;
using Gal.Imaging;
using TorchSharp;
using static TorchSharp.torch;

namespace Gal.Diffusion.Pipelines;

/// <summary>CLIP's features of pictures and texts, whose dot product is F(x, t). Belongs to one thread, the device's.</summary>
public sealed class ClipScorer : IDisposable
{
    // Pictures are read in chunks of this many, by position, so that the same request gives the same bits.
    private const int ChunkSize = 64;

    private readonly ClipModel _clip;
    private readonly ClipEncoder _encoder;
    private readonly ClipPreprocessor _preprocessor;
    private readonly Device _device;

    private ClipScorer(string folder, string device)
    {
        _device = torch.device(device);
        _clip = ModelFolder.LoadClip(folder, device: _device);
        _encoder = new ClipEncoder(_clip);
        Tokenizer = ClipTokenizer.Load(folder, _clip.Config.TextConfig.MaxPositionEmbeddings);
        _preprocessor = ClipPreprocessor.Load(folder, _clip.Config.VisionConfig.ImageSize);
    }

    /// <summary>Values of one feature vector.</summary>
    public int Dimension => _clip.Config.ProjectionDim;

    /// <summary>Pixels of a side of the square that the vision tower reads.</summary>
    public int ImageSide => _clip.Config.VisionConfig.ImageSize;

    /// <summary>How texts are read; says which words are cut.</summary>
    public ClipTokenizer Tokenizer { get; }

    /// <summary>Loads a CLIP model with both towers.</summary>
    /// <param name="clipFolder">A folder with config.json, model.safetensors, vocab.json, merges.txt and preprocessor_config.json.</param>
    /// <param name="device">"cpu" or "cuda:N".</param>
    /// <exception cref="ModelConfigException">A file is missing, damaged, or another architecture's.</exception>
    /// <exception cref="CheckpointMismatchException">Weights do not fit config.json; the message names them.</exception>
    public static ClipScorer Load(string clipFolder, string device = "cpu")
    {
        TorchRuntime.EnsureLoaded();
        return new ClipScorer(clipFolder, device);
    }

    /// <summary>The normalised features of pictures of any size, in host memory.</summary>
    /// <param name="pictures">One or more.</param>
    /// <param name="cancellationToken">Looked at before each chunk of 64.</param>
    /// <returns>[pictures, <see cref="Dimension"/>], row-major.</returns>
    public float[] EmbedImages(IReadOnlyList<RgbImage> pictures, CancellationToken cancellationToken = default)
    {
        using var features = ImageFeatures(pictures, cancellationToken);
        return ToHost(features);
    }

    /// <summary>The normalised features of texts, in host memory, each computed by itself: they do not depend on the other texts asked for.</summary>
    /// <param name="texts">One or more; words over the token limit are not read.</param>
    /// <param name="cancellationToken">Looked at before each text.</param>
    /// <returns>[texts, <see cref="Dimension"/>], row-major.</returns>
    public float[] EmbedTexts(IReadOnlyList<string> texts, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var rows = new List<float>();
        foreach (var text in texts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var features = TextFeatures(text);
            rows.AddRange(ToHost(features));
        }

        return [.. rows];
    }

    /// <summary>The normalised features of pictures of any size, left on the device that CLIP is on.</summary>
    /// <param name="pictures">One or more.</param>
    /// <param name="cancellationToken">Looked at before each chunk of 64.</param>
    /// <returns>[pictures, <see cref="Dimension"/>], float32, contiguous; the caller disposes it.</returns>
    public Tensor ImageFeatures(IReadOnlyList<RgbImage> pictures, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        var chunks = new List<Tensor>();
        foreach (var chunk in pictures.Chunk(ChunkSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var pass = NewDisposeScope();
            chunks.Add(Normalize(_encoder.ImageFeatures(_preprocessor.Read(chunk).to(_device))).MoveToOuterDisposeScope());
        }

        return (chunks is [var only] ? only : cat(chunks)).MoveToOuterDisposeScope();
    }

    /// <summary>The normalised features of a text, left on the device that CLIP is on.</summary>
    /// <param name="text">Words over the token limit are not read.</param>
    /// <returns>[1, <see cref="Dimension"/>], float32, contiguous; the caller disposes it.</returns>
    public Tensor TextFeatures(string text)
    {
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        return Normalize(_clip.TextFeatures(Ids(text))).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _encoder.Dispose();
        _clip.Dispose();
    }

    private static Tensor Normalize(Tensor features) => (features / features.square().sum(-1, keepdim: true).sqrt()).contiguous();

    private static float[] ToHost(Tensor features)
    {
        using var scope = NewDisposeScope();
        return features.cpu().data<float>().ToArray();
    }

    private Tensor Ids(string text) => tensor(Tokenizer.Tokenize(text).Ids.Select(id => (long)id).ToArray(), device: _device).unsqueeze(0);
}
