using Gal.Diffusion.Weights;

namespace Gal.Diffusion.Models;

/// <summary>config.json of a CLIP model with both towers.</summary>
/// <param name="TextConfig">The text tower.</param>
/// <param name="VisionConfig">The vision tower.</param>
/// <param name="ProjectionDim">Width of the space that both are projected to.</param>
public sealed record ClipConfig(ClipTextConfig TextConfig, ClipVisionConfig VisionConfig, int ProjectionDim)
{
    /// <summary>Reads and checks a config.json.</summary>
    /// <exception cref="ModelConfigException">It is missing, damaged, or describes another architecture.</exception>
    public static ClipConfig Read(string path) => ModelConfig.Read<ClipConfig>(path, config => config.Check());

    internal static void CheckTower(string model, int hiddenSize, int innerSize, int layerCount, int headCount, string activation)
    {
        ModelConfig.Require(model, "hidden_size", hiddenSize, 1, ModelConfig.MaxWidth);
        ModelConfig.Require(model, "intermediate_size", innerSize, 1, 4 * ModelConfig.MaxWidth);
        ModelConfig.Require(model, "num_hidden_layers", layerCount, 1, ModelConfig.MaxLayerCount);
        if (headCount < 1 || hiddenSize % headCount != 0)
        {
            throw ModelConfig.Unsupported(model, "num_attention_heads", headCount, $"a divisor of hidden_size ({hiddenSize})");
        }
        if (activation is not ("quick_gelu" or "gelu"))
        {
            throw ModelConfig.Unsupported(model, "hidden_act", activation, "quick_gelu and gelu");
        }
    }

    private ClipConfig Check()
    {
        TextConfig.Check();
        VisionConfig.Check();
        ModelConfig.Require("CLIPModel", "projection_dim", ProjectionDim, 1, ModelConfig.MaxWidth);
        return this;
    }
}
