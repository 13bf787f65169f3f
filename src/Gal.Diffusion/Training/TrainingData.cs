using System.Diagnostics;
using Gal.Diffusion.Models;
using Gal.Diffusion.Pipelines;
using Gal.Diffusion.Tokenization;
using Gal.Diffusion.Weights;
using Gal.Imaging;
using TorchSharp;
using static TorchSharp.torch;

namespace Gal.Diffusion.Training;

/// <summary>A training's pictures and prompts, each encoded once and by itself, so that none depends on what else is trained on.</summary>
internal sealed class TrainingData : IDisposable
{
    private readonly Dictionary<string, CachedPrompt> _prompts = new(StringComparer.Ordinal);

    private TrainingData(ModelFolder folder, ClipTokenizer tokenizer, ClipTextModel textEncoder, TrainingSpec spec)
    {
        var device = torch.device(spec.Device);
        ScalingFactor = folder.Vae.ScalingFactor;
        using var vae = folder.LoadVae(device: device);
        var size = spec.LatentSize(folder) * folder.Vae.DownscaleFactor;
        var (pictureTime, textTime) = (TimeSpan.Zero, TimeSpan.Zero);
        Samples = [.. spec.Samples.Select(sample => Encode(sample.Picture, sample.Prompt, sample.LossWeight))];
        ClassPictures = spec.Prior is { } prior ? [.. prior.ClassPictures.Select(picture => Encode(picture, prior.ClassPrompt, prior.LossWeight))] : [];
        PreviewPrompts = spec.Preview is { } preview ? [.. preview.Prompts.Select(EncodePrompt)] : [];
        EmptyPrompt = spec.Preview is null ? null : EncodePrompt(string.Empty);
        Preparation = new(Samples.Count + ClassPictures.Count, pictureTime, _prompts.Count, textTime);

        CachedPicture Encode(RgbImage picture, string prompt, double weight)
        {
            using var scope = NewDisposeScope();
            var pixels = PictureTensors.FromPictures([ImageResizer.ShortestEdgeCenterCrop(picture, size, ResampleFilter.Bilinear)]).to(device);
            var start = Stopwatch.GetTimestamp();
            var posterior = EncodePixels(vae, pixels);
            var mirrored = spec.Options.HorizontalFlip ? EncodePixels(vae, pixels.flip(3)) : null;
            pictureTime += Stopwatch.GetElapsedTime(start);
            return new CachedPicture(posterior, mirrored, EncodePrompt(prompt), (float)weight);
        }

        CachedPrompt EncodePrompt(string prompt)
        {
            if (!_prompts.TryGetValue(prompt, out var cached))
            {
                var start = Stopwatch.GetTimestamp();
                _prompts[prompt] = cached = TrainingData.EncodePrompt(tokenizer, textEncoder, prompt, device);
                textTime += Stopwatch.GetElapsedTime(start);
            }

            return cached;
        }
    }

    /// <summary>The samples, in the order of the specification.</summary>
    public IReadOnlyList<CachedPicture> Samples { get; }

    /// <summary>The class pictures; none without prior preservation.</summary>
    public IReadOnlyList<CachedPicture> ClassPictures { get; }

    /// <summary>The prompts that are sampled during the training, in the order of the specification; none without a preview.</summary>
    public IReadOnlyList<CachedPrompt> PreviewPrompts { get; }

    /// <summary>What the guidance leads away from; null without a preview.</summary>
    public CachedPrompt? EmptyPrompt { get; }

    /// <summary>What was encoded here.</summary>
    public TrainingPreparation Preparation { get; }

    /// <summary>The UNet sees latents times this.</summary>
    public double ScalingFactor { get; }

    /// <summary>Loads the VAE, encodes, and lets go of it.</summary>
    /// <param name="folder">The model.</param>
    /// <param name="tokenizer">Knows the words that are learned, as the encoder does.</param>
    /// <param name="textEncoder">Borrowed.</param>
    /// <param name="spec">Pictures and prompts.</param>
    public static TrainingData Encode(ModelFolder folder, ClipTokenizer tokenizer, ClipTextModel textEncoder, TrainingSpec spec)
    {
        using var noGrad = no_grad();
        return new TrainingData(folder, tokenizer, textEncoder, spec);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var prompt in _prompts.Values)
        {
            prompt.TokenIds.Dispose();
            prompt.HiddenStates.Dispose();
        }

        foreach (var picture in Samples.Concat(ClassPictures))
        {
            picture.Posterior.Dispose();
            picture.Mirrored?.Dispose();
        }
    }

    private static CachedPosterior EncodePixels(AutoencoderKl vae, Tensor pixels)
    {
        var (mean, deviation) = vae.Encode(pixels);
        return new CachedPosterior(mean.DetachFromDisposeScope(), deviation.DetachFromDisposeScope());
    }

    private static CachedPrompt EncodePrompt(ClipTokenizer tokenizer, ClipTextModel textEncoder, string prompt, Device device)
    {
        var ids = tensor(tokenizer.Tokenize(prompt).Ids.Select(id => (long)id).ToArray(), device: device).unsqueeze(0).DetachFromDisposeScope();
        return new CachedPrompt(ids, textEncoder.call(ids).DetachFromDisposeScope());
    }
}
