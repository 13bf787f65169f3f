using Gal.Diffusion.Weights;

namespace Gal.Diffusion.Models;

/// <summary>text_encoder/config.json, or text_config of a CLIP model's.</summary>
/// <param name="HiddenSize">Width of the hidden states.</param>
/// <param name="IntermediateSize">Width inside the feed-forward layers.</param>
/// <param name="NumHiddenLayers">Transformer layers.</param>
/// <param name="NumAttentionHeads">Heads of each.</param>
public sealed record ClipTextConfig(int HiddenSize, int IntermediateSize, int NumHiddenLayers, int NumAttentionHeads)
{
    /// <summary>Rows of the token embedding.</summary>
    public int VocabSize { get; init; } = 49408;

    /// <summary>Tokens of the longest prompt, start and end token included.</summary>
    public int MaxPositionEmbeddings { get; init; } = 77;

    /// <summary>"quick_gelu" (OpenAI's models) or "gelu".</summary>
    public string HiddenAct { get; init; } = "quick_gelu";

    /// <summary>Added to the variance in the norms.</summary>
    public double LayerNormEps { get; init; } = 1e-5;

    /// <summary>The end token, whose hidden state stands for the text; 2 in old files means "the highest id".</summary>
    public int EosTokenId { get; init; } = 49407;

    /// <summary>Reads and checks a config.json.</summary>
    /// <exception cref="ModelConfigException">It is missing, damaged, or describes another architecture.</exception>
    public static ClipTextConfig Read(string path) => ModelConfig.Read<ClipTextConfig>(path, config => config.Check());

    internal ClipTextConfig Check()
    {
        const string model = "CLIPTextModel";
        const int maxVocabulary = 1_000_000;
        const int maxTokens = 4_096;
        ClipConfig.CheckTower(model, HiddenSize, IntermediateSize, NumHiddenLayers, NumAttentionHeads, HiddenAct);
        // Start token, a word, end token.
        ModelConfig.Require(model, "vocab_size", VocabSize, 3, maxVocabulary);
        ModelConfig.Require(model, "max_position_embeddings", MaxPositionEmbeddings, 3, maxTokens);
        return this;
    }
}
