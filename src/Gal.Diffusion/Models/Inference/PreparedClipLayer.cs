using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Inference;

/// <summary>One layer of a CLIP tower: x += attention(norm1(x)); x += W₂ quick_gelu(W₁ norm2(x)).</summary>
internal sealed class PreparedClipLayer : IDisposable
{
    // quick_gelu(x) = x σ(1.702 x). oneDNN fuses SiLU, which is x σ(x): so W₁ and b₁ carry the factor and W₂ its inverse.
    private const float QuickGeluFactor = 1.702f;

    private readonly Normalization _norm1;
    private readonly Normalization _norm2;
    private readonly PackedConvolution _queryKeyValue;
    private readonly PackedConvolution _out;
    private readonly PackedConvolution _fc1;
    private readonly PackedConvolution _fc2;
    private readonly Activation _activation;
    private readonly long _headCount;
    private readonly bool _isCausal;

    /// <summary>Reads the layer's weights.</summary>
    /// <param name="weights">The tensors of the layer.</param>
    /// <param name="headCount">num_attention_heads.</param>
    /// <param name="epsilon">layer_norm_eps.</param>
    /// <param name="usesQuickGelu">hidden_act is quick_gelu; otherwise gelu.</param>
    /// <param name="isCausal">Whether a token sees only those before it (the text tower).</param>
    public PreparedClipLayer(WeightScope weights, long headCount, double epsilon, bool usesQuickGelu, bool isCausal)
    {
        using var scope = NewDisposeScope();
        _headCount = headCount;
        _isCausal = isCausal;
        _activation = usesQuickGelu ? Activation.Silu : Activation.Gelu;
        _norm1 = weights.LayerNorm("layer_norm1", epsilon);
        _norm2 = weights.LayerNorm("layer_norm2", epsilon);
        _queryKeyValue = new PackedConvolution(Joined("weight"), Joined("bias"), weights.Dtype);
        _out = weights.Convolution("self_attn.out_proj");
        var factor = usesQuickGelu ? QuickGeluFactor : 1f;
        _fc1 = new PackedConvolution(weights["mlp.fc1.weight"] * factor, weights["mlp.fc1.bias"] * factor, weights.Dtype);
        _fc2 = new PackedConvolution(weights["mlp.fc2.weight"] / factor, weights["mlp.fc2.bias"], weights.Dtype);

        Tensor Joined(string part) => cat([weights[$"self_attn.q_proj.{part}"], weights[$"self_attn.k_proj.{part}"], weights[$"self_attn.v_proj.{part}"]], 0);
    }

    /// <summary>Runs the layer in place.</summary>
    /// <param name="hidden">[batch, features, tokens, 1], channels last.</param>
    public void Forward(Tensor hidden)
    {
        Attend(hidden);
        using var normalised = _norm2.Layer(hidden);
        using var wide = _fc1.Apply(normalised, _activation);
        _fc2.Accumulate(wide, hidden);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _norm1.Dispose();
        _norm2.Dispose();
        _queryKeyValue.Dispose();
        _out.Dispose();
        _fc1.Dispose();
        _fc2.Dispose();
    }

    private void Attend(Tensor hidden)
    {
        var channels = hidden.shape[1];
        using var normalised = _norm1.Layer(hidden);
        using var projected = _queryKeyValue.Apply(normalised);
        using var query = ChannelsLast.Heads(projected, 0, _headCount, channels / _headCount);
        using var key = ChannelsLast.Heads(projected, channels, _headCount, channels / _headCount);
        using var value = ChannelsLast.Heads(projected, 2 * channels, _headCount, channels / _headCount);
        using var attended = nn.functional.scaled_dot_product_attention(query, key, value, is_casual: _isCausal);
        using var output = ChannelsLast.FromHeads(attended, hidden.shape[2], hidden.shape[3]);
        _out.Accumulate(output, hidden);
    }
}
