using Gal.Diffusion.Models;
using Gal.Diffusion.Pipelines;
using Gal.Diffusion.Weights;
using Gal.Imaging;
using Gal.Tests;
using static TorchSharp.torch;

namespace Gal.Diffusion.Tests.Pipelines;

/// <summary>Folders as openai/clip-vit-base-patch32, -base-patch16 and -large-patch14 are, but for one layer a tower, random weights and a small vocabulary.</summary>
public sealed class ClipConfigTests : IDisposable
{
    private const double Tolerance = 1e-5;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(32, 768, 12, 512, 8, 512)]
    [InlineData(16, 768, 12, 512, 8, 512)]
    [InlineData(14, 1024, 16, 768, 12, 768)]
    public void Load_PublishedShape_EmbedsAsThePlainModelDoes(int patchSize, int visionSize, int visionHeads, int textSize, int textHeads, int dimension)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var folder = Write(patchSize, visionSize, visionHeads, textSize, textHeads, dimension);
        using var scorer = ClipScorer.Load(folder);
        var pictures = Enumerable.Range(1, 3).Select(Picture).ToList();

        var images = tensor(scorer.EmbedImages(pictures)).reshape(3, dimension);
        var texts = tensor(scorer.EmbedTexts(["a cat", "a drum in the rain"])).reshape(2, dimension);

        var plain = ModelFolder.LoadClip(folder).ImageFeatures(ClipPreprocessor.Load(folder, 224).Read(pictures));
        Assert.Equal((dimension, 224), (scorer.Dimension, scorer.ImageSide));
        TensorAssert.Close(plain / plain.pow(2).sum(-1, keepdim: true).sqrt(), images, Tolerance, "image features");
        TensorAssert.Close(ones(2), texts.pow(2).sum(-1), Tolerance, "squared lengths of text features");
        Assert.True((texts[0] - texts[1]).abs().max().item<float>() > 1e-3, "Two texts have the same features.");
    }

    private string Write(int patchSize, int visionSize, int visionHeads, int textSize, int textHeads, int dimension)
    {
        var folder = Directory.CreateDirectory(_folder.File("clip")).FullName;
        foreach (var file in new[] { "vocab.json", "merges.txt" })
        {
            File.Copy(Path.Combine(Repository.EmojiModel, "clip", file), Path.Combine(folder, file));
        }

        // eos_token_id 2 stands in the published files too, and means the highest id.
        File.WriteAllText(Path.Combine(folder, "config.json"), $$"""
            {
              "architectures": ["CLIPModel"], "model_type": "clip", "logit_scale_init_value": 2.6592, "projection_dim": {{dimension}},
              "text_config": { "hidden_size": {{textSize}}, "intermediate_size": {{4 * textSize}}, "num_attention_heads": {{textHeads}}, "num_hidden_layers": 1,
                "hidden_act": "quick_gelu", "layer_norm_eps": 1e-05, "max_position_embeddings": 77, "vocab_size": 1184, "bos_token_id": 0, "eos_token_id": 2 },
              "vision_config": { "hidden_size": {{visionSize}}, "intermediate_size": {{4 * visionSize}}, "num_attention_heads": {{visionHeads}}, "num_hidden_layers": 1,
                "hidden_act": "quick_gelu", "layer_norm_eps": 1e-05, "image_size": 224, "patch_size": {{patchSize}}, "num_channels": 3 }
            }
            """);
        File.WriteAllText(Path.Combine(folder, "preprocessor_config.json"), """
            { "crop_size": { "height": 224, "width": 224 }, "size": { "shortest_edge": 224 }, "resample": 3, "do_center_crop": true, "do_normalize": true, "do_resize": true,
              "image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711] }
            """);
        using var model = new ClipModel(ClipConfig.Read(Path.Combine(folder, "config.json")));
        using var generator = new Generator(7);
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), model.state_dict().Select(pair => KeyValuePair.Create(pair.Key, Draw(pair.Key, pair.Value.shape, generator))).ToList());
        return folder;
    }

    // Norms begin as the identity and matrices keep the variance of what they are given.
    private static Tensor Draw(string name, long[] shape, Generator generator) => shape.Length < 2
        ? name.Contains("norm", StringComparison.Ordinal) && name.EndsWith("weight", StringComparison.Ordinal) ? ones(shape) : zeros(shape)
        : randn(shape, generator: generator) / Math.Sqrt(shape[1..].Aggregate(1L, (product, size) => product * size));

    private static RgbImage Picture(int seed)
    {
        var pixels = new byte[300 * 240 * 3];
        new Random(seed).NextBytes(pixels);
        return new RgbImage(300, 240, pixels);
    }
}
