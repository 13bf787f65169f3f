using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Layers;

/// <summary>softmax(Q Kᵀ / √d) V over several heads.</summary>
internal static class Attention
{
    /// <param name="query">[batch, queries, heads · d].</param>
    /// <param name="key">[batch, keys, heads · d].</param>
    /// <param name="value">[batch, keys, heads · d].</param>
    /// <param name="headCount">Divides the last dimension.</param>
    /// <param name="isCausal">A query sees the keys up to its own place.</param>
    /// <returns>[batch, queries, heads · d].</returns>
    public static Tensor Of(Tensor query, Tensor key, Tensor value, int headCount, bool isCausal = false)
    {
        var width = query.shape[2];
        var attended = nn.functional.scaled_dot_product_attention(SplitHeads(query, headCount), SplitHeads(key, headCount), SplitHeads(value, headCount), is_casual: isCausal);
        return attended.transpose(1, 2).reshape(query.shape[0], -1, width);
    }

    private static Tensor SplitHeads(Tensor states, int headCount) => states.view(states.shape[0], -1, headCount, states.shape[2] / headCount).transpose(1, 2);
}
