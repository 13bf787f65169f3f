namespace Gal.Diffusion.Models.Inference;

/// <summary>What a prepared CLIP tower must know beyond its tensors.</summary>
/// <param name="HeadCount">num_attention_heads.</param>
/// <param name="Epsilon">layer_norm_eps.</param>
/// <param name="UsesQuickGelu">hidden_act is quick_gelu; otherwise gelu.</param>
internal sealed record ClipTowerShape(long HeadCount, double Epsilon, bool UsesQuickGelu)
{
    /// <summary>What a configuration says.</summary>
    public static ClipTowerShape Of(ClipVisionConfig config) => new(config.NumAttentionHeads, config.LayerNormEps, config.HiddenAct == "quick_gelu");

    /// <summary>What a configuration says.</summary>
    public static ClipTowerShape Of(ClipTextConfig config) => new(config.NumAttentionHeads, config.LayerNormEps, config.HiddenAct == "quick_gelu");
}
