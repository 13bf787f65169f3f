using Gal.Diffusion.Models.Inference;
using Gal.Diffusion.Weights;
using Gal.Tests;
using static TorchSharp.torch;

namespace Gal.Benchmarks.ReferenceGraphs;

/// <summary>The table's rows.</summary>
internal static class Comparisons
{
    private const int Timestep = 500;

    /// <summary>Every row, made when it is reached.</summary>
    public static IEnumerable<Comparison> All()
    {
        var folder = ModelFolder.Open(Repository.EmojiModel);
        foreach (var batch in (int[])[1, 2, 64])
        {
            yield return UNet(folder, batch);
        }

        yield return TrainingComparison.Make(folder);
        yield return VaeDecode(folder, 32);
        yield return VaeEncode(folder);
        yield return ClipImages(folder);
        yield return ClipTexts(folder);
    }

    internal static Comparison UNet(ModelFolder folder, int batch)
    {
        var unet = folder.LoadUnet();
        var graph = ReferenceGraph.Load("unet", "unet.", unet);
        var predictor = NoisePredictor.Create(unet, ScalarType.Float32);
        var (sample, hidden) = (Random(1, batch, 4, 16, 16), Random(2, batch, 32, 128));
        var timesteps = full(batch, Timestep, ScalarType.Int64);
        var prompt = predictor.Prepare(hidden);
        return new Comparison($"UNet forward, batch {batch}", 1.0, NoGradient(() => graph.Call(sample, timesteps, hidden)), () => predictor.Predict(sample, Timestep, prompt), batch > 2 ? 0.5 : 2)
            .Owning(prompt, predictor, graph, unet);
    }

    internal static Comparison VaeDecode(ModelFolder folder, int batch)
    {
        var vae = folder.LoadVae();
        var graph = ReferenceGraph.Load("vae-decode", "vae.", vae);
        var coder = LatentCoder.Create(vae);
        var latents = Random(3, batch, 4, 16, 16);
        return new Comparison($"VAE decode, batch {batch}", 1.0, NoGradient(() => graph.Call(latents)), () => coder.Decode(latents), 0.7).Owning(coder, graph, vae);
    }

    private static Comparison VaeEncode(ModelFolder folder)
    {
        var vae = folder.LoadVae();
        var graph = ReferenceGraph.Load("vae-encode", "vae.", vae);
        var coder = LatentCoder.Create(vae);
        var images = Random(4, 32, 3, 64, 64).clamp(-1, 1);
        return new Comparison("VAE encode, batch 32", 1.0, NoGradient(() => graph.Call(images)), () => coder.Encode(images), 0.7).Owning(coder, graph, vae);
    }

    internal static Comparison ClipImages(ModelFolder folder)
    {
        var clip = ModelFolder.LoadClip(folder.ClipPath!);
        var graph = ReferenceGraph.Load("clip-image", "clip.", clip);
        var encoder = new ClipEncoder(clip);
        var pixels = Random(5, 64, 3, 64, 64);
        return new Comparison("CLIP images, batch 64", 1.0, NoGradient(() => graph.Call(pixels)), () => encoder.ImageFeatures(pixels)).Owning(encoder, graph, clip);
    }

    private static Comparison ClipTexts(ModelFolder folder)
    {
        var model = folder.LoadTextEncoder();
        var graph = ReferenceGraph.Load("text", "text_encoder.", model);
        var encoder = new ClipTextEncoder(model);
        var ids = randint(0, 1184, [16, 32], generator: new Generator(6));
        return new Comparison("CLIP texts, batch 16", 1.0, NoGradient(() => graph.Call(ids)), () => encoder.HiddenStates(ids), 2).Owning(encoder, graph, model);
    }

    private static Func<Tensor> NoGradient(Func<Tensor> work) => () =>
    {
        using var noGrad = no_grad();
        return work();
    };

    internal static Tensor Random(ulong seed, params long[] shape) => randn(shape, generator: new Generator(seed));
}
