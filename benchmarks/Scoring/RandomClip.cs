using Gal.Diffusion.Models;
using Gal.Diffusion.Runtime;
using Gal.Diffusion.Weights;
using Gal.Tests;
using static TorchSharp.torch;

namespace Gal.Benchmarks.Scoring;

/// <summary>A CLIP of ViT-B/32's size with random weights: as fast as the published one, with nothing to download.</summary>
internal static class RandomClip
{
    /// <summary>Writes it as a Hugging Face folder. Its vocabulary is the shipped model's.</summary>
    /// <param name="folder">An empty folder.</param>
    public static void Write(string folder)
    {
        TorchRuntime.EnsureLoaded();
        foreach (var file in new[] { "vocab.json", "merges.txt" })
        {
            File.Copy(Path.Combine(Repository.EmojiModel, "clip", file), Path.Combine(folder, file));
        }

        File.WriteAllText(Path.Combine(folder, "config.json"), """
            {
              "architectures": ["CLIPModel"], "model_type": "clip", "logit_scale_init_value": 2.6592, "projection_dim": 512,
              "text_config": { "hidden_size": 512, "intermediate_size": 2048, "num_attention_heads": 8, "num_hidden_layers": 12,
                "hidden_act": "quick_gelu", "layer_norm_eps": 1e-05, "max_position_embeddings": 77, "vocab_size": 1184, "bos_token_id": 0, "eos_token_id": 2 },
              "vision_config": { "hidden_size": 768, "intermediate_size": 3072, "num_attention_heads": 12, "num_hidden_layers": 12,
                "hidden_act": "quick_gelu", "layer_norm_eps": 1e-05, "image_size": 224, "patch_size": 32, "num_channels": 3 }
            }
            """);
        // A pool of threads that this thread made would spin beside the device's for the rest of the program.
        set_num_threads(1);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var generator = new Generator(7);
        using var model = new ClipModel(ClipConfig.Read(Path.Combine(folder, "config.json")));
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), model.state_dict().Select(pair => KeyValuePair.Create(pair.Key, Draw(pair.Value.shape, generator))).ToList());
        set_num_threads(Environment.ProcessorCount);
    }

    private static Tensor Draw(long[] shape, Generator generator) => shape.Length < 2
        ? ones(shape)
        : randn(shape, generator: generator) / Math.Sqrt(shape[1..].Aggregate(1L, (product, size) => product * size));
}
