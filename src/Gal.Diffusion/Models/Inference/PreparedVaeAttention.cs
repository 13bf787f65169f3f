using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Inference;

/// <summary>The single-head attention in the VAE's middle: x += W_o attention(norm(x)). Q, K and V come from one product.</summary>
internal sealed class PreparedVaeAttention : IDisposable
{
    private readonly Normalization _norm;
    private readonly PackedConvolution _queryKeyValue;
    private readonly PackedConvolution _out;

    /// <summary>Reads the weights.</summary>
    public PreparedVaeAttention(WeightScope weights, long groupCount)
    {
        using var scope = NewDisposeScope();
        _norm = weights.GroupNorm("group_norm", groupCount, PreparedVae.Epsilon);
        _queryKeyValue = new PackedConvolution(
            cat([weights["to_q.weight"], weights["to_k.weight"], weights["to_v.weight"]], 0),
            cat([weights["to_q.bias"], weights["to_k.bias"], weights["to_v.bias"]], 0),
            weights.Dtype);
        _out = weights.Convolution("to_out.0");
    }

    /// <summary>Runs the attention in place.</summary>
    public void Forward(Tensor hidden)
    {
        var channels = hidden.shape[1];
        using var normalised = _norm.Group(hidden, null, silu: false);
        using var projected = _queryKeyValue.Apply(normalised);
        using var query = ChannelsLast.Heads(projected, 0, 1, channels);
        using var key = ChannelsLast.Heads(projected, channels, 1, channels);
        using var value = ChannelsLast.Heads(projected, 2 * channels, 1, channels);
        using var attended = Attention.Apply(query, key, value, hidden.shape[2], hidden.shape[3]);
        _out.Accumulate(attended, hidden);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _norm.Dispose();
        _queryKeyValue.Dispose();
        _out.Dispose();
    }
}
