using System.Text.Json.Nodes;
using Gal.Diffusion.Weights;

namespace Gal.Benchmarks.Memory;

/// <summary>A random model with Stable Diffusion 1.5's parts and a UNet of two fifths of its width (138 M parameters).</summary>
internal static class WideModel
{
    public static void Write(string folder)
    {
        StableDiffusion15.WriteConfigurations(folder);
        var path = Path.Combine(folder, "unet", "config.json");
        var config = JsonNode.Parse(File.ReadAllText(path))!;
        config["block_out_channels"] = new JsonArray(128, 256, 512, 512);
        File.WriteAllText(path, config.ToJsonString());
        RandomModel.WriteWeights(folder, seed: 0);
    }
}
