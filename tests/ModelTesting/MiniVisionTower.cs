using System.Text.Json.Nodes;
using Gal.Diffusion.Runtime;
using Gal.Diffusion.Weights;
using static TorchSharp.torch;

namespace Gal.Tests.Models;

/// <summary>An image encoder of the golden IP-Adapter's width: golden/clip-mini's vision tower with a random projection.</summary>
internal static class MiniVisionTower
{
    /// <summary>Writes config.json and model.safetensors.</summary>
    /// <param name="folder">Made if it does not exist.</param>
    /// <param name="width">Of the embeddings; the golden IP-Adapter's is 48.</param>
    /// <returns>The folder.</returns>
    public static string Write(string folder, long width = 48)
    {
        TorchRuntime.EnsureLoaded();
        Directory.CreateDirectory(folder);
        using var source = Checkpoint.Open(Repository.Golden("clip-mini"));
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);
        var tensors = source.Tensors.Where(pair => pair.Key.StartsWith("vision_model.", StringComparison.Ordinal)).Select(pair => KeyValuePair.Create(pair.Key, pair.Value.Read())).ToList();
        tensors.Add(KeyValuePair.Create("visual_projection.weight", randn([width, source.Tensors["visual_projection.weight"].Shape[1]], generator: generator)));
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), tensors);
        var config = JsonNode.Parse(File.ReadAllText(Repository.Golden("clip-mini", "config.json")))!["vision_config"]!.DeepClone();
        config["projection_dim"] = width;
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());
        return folder;
    }
}
