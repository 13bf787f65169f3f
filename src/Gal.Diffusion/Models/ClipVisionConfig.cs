using Gal.Diffusion.Weights;

namespace Gal.Diffusion.Models;

/// <summary>vision_config of a CLIP model's config.json.</summary>
/// <param name="HiddenSize">Width of the hidden states.</param>
/// <param name="IntermediateSize">Width inside the feed-forward layers.</param>
/// <param name="NumHiddenLayers">Transformer layers.</param>
/// <param name="NumAttentionHeads">Heads of each.</param>
public sealed record ClipVisionConfig(int HiddenSize, int IntermediateSize, int NumHiddenLayers, int NumAttentionHeads)
{
    /// <summary>Height and width of the input.</summary>
    public int ImageSize { get; init; } = 224;

    /// <summary>Height and width of a patch.</summary>
    public int PatchSize { get; init; } = 32;

    /// <summary>Channels of the input.</summary>
    public int NumChannels { get; init; } = 3;

    /// <summary>"quick_gelu" (OpenAI's models) or "gelu".</summary>
    public string HiddenAct { get; init; } = "quick_gelu";

    /// <summary>Added to the variance in the norms.</summary>
    public double LayerNormEps { get; init; } = 1e-5;

    internal ClipVisionConfig Check()
    {
        const string model = "CLIPVisionModel";
        const int maxSide = 4_096;
        ClipConfig.CheckTower(model, HiddenSize, IntermediateSize, NumHiddenLayers, NumAttentionHeads, HiddenAct);
        ModelConfig.Require(model, "image_size", ImageSize, 1, maxSide);
        ModelConfig.Require(model, "patch_size", PatchSize, 1, ImageSize);
        ModelConfig.Require(model, "num_channels", NumChannels, 3, 3);
        return this;
    }
}
