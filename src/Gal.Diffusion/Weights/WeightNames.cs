namespace Gal.Diffusion.Weights;

/// <summary>The other names under which the same tensors are stored, mapped to the modules' own.</summary>
internal static class WeightNames
{
    private const string TextPrefix = "text_model.";

    // Before diffusers 0.18.
    private static readonly (string Old, string New)[] VaeAttention = [(".query.", ".to_q."), (".key.", ".to_k."), (".value.", ".to_v."), (".proj_attn.", ".to_out.0.")];

    /// <summary>CLIP's text and vision towers: position_ids is a constant that older transformers versions stored.</summary>
    public static Dictionary<string, StoredTensor> Clip(IReadOnlyDictionary<string, StoredTensor> stored) =>
        stored.Where(pair => !pair.Key.EndsWith("embeddings.position_ids", StringComparison.Ordinal)).ToDictionary(StringComparer.Ordinal);

    /// <summary>A text encoder alone: transformers 5 stores it without "text_model.", every earlier file with it.</summary>
    public static Dictionary<string, StoredTensor> ClipText(IReadOnlyDictionary<string, StoredTensor> stored) =>
        Clip(stored).ToDictionary(pair => pair.Key.StartsWith(TextPrefix, StringComparison.Ordinal) ? pair.Key : TextPrefix + pair.Key, pair => pair.Value, StringComparer.Ordinal);

    /// <summary>An autoencoder, also with the attention names of old diffusers files.</summary>
    public static Dictionary<string, StoredTensor> Vae(IReadOnlyDictionary<string, StoredTensor> stored) =>
        stored.ToDictionary(pair => VaeAttention.Aggregate(pair.Key, (name, map) => name.Replace(map.Old, map.New, StringComparison.Ordinal)), pair => pair.Value, StringComparer.Ordinal);
}
