using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Inference;

/// <summary>One transformer block: x += attention(x); x += attention(x, prompt); x += W₂ (value(x) · GELU(gate(x))). Q, K and V of the first come from one product.</summary>
internal sealed class PreparedTransformerBlock : IDisposable
{
    // A scalar made for the call alone may be collected during it.
    private static readonly TorchSharp.Scalar One = 1;

    private readonly Normalization _norm1;
    private readonly Normalization _norm2;
    private readonly Normalization _norm3;
    private readonly PackedConvolution _queryKeyValue;
    private readonly PackedConvolution _selfOut;
    private readonly PackedConvolution _query;
    private readonly PackedConvolution _promptKeyValue;
    private readonly PackedConvolution _promptOut;
    private readonly PackedConvolution _value;
    private readonly PackedConvolution _gate;
    private readonly PackedConvolution _feedForwardOut;
    private readonly long _headCount;
    private readonly long _featureCount;

    /// <summary>Reads the block's weights.</summary>
    public PreparedTransformerBlock(WeightScope weights, long headCount)
    {
        using var scope = NewDisposeScope();
        _headCount = headCount;
        _norm1 = weights.LayerNorm("norm1");
        _norm2 = weights.LayerNorm("norm2");
        _norm3 = weights.LayerNorm("norm3");
        _queryKeyValue = new PackedConvolution(cat([weights["attn1.to_q.weight"], weights["attn1.to_k.weight"], weights["attn1.to_v.weight"]], 0), null, weights.Dtype);
        _selfOut = weights.Convolution("attn1.to_out.0");
        _query = weights.Convolution("attn2.to_q");
        _promptKeyValue = new PackedConvolution(cat([weights["attn2.to_k.weight"], weights["attn2.to_v.weight"]], 0), null, weights.Dtype);
        _promptOut = weights.Convolution("attn2.to_out.0");
        _featureCount = _query.OutChannels / headCount;

        var weight = weights["ff.net.0.proj.weight"].chunk(2);
        var bias = weights["ff.net.0.proj.bias"].chunk(2);
        _value = new PackedConvolution(weight[0], bias[0], weights.Dtype);
        _gate = new PackedConvolution(weight[1], bias[1], weights.Dtype);
        _feedForwardOut = weights.Convolution("ff.net.2");
    }

    /// <summary>The layers in the order of use, for a kernel that does all of them at once.</summary>
    public (PackedConvolution QueryKeyValue, PackedConvolution SelfOut, PackedConvolution Query, PackedConvolution PromptOut, PackedConvolution Value, PackedConvolution Gate, PackedConvolution FeedForwardOut) Layers =>
        (_queryKeyValue, _selfOut, _query, _promptOut, _value, _gate, _feedForwardOut);

    /// <summary>The normalisations before attention to itself, attention to the prompt and feed-forward.</summary>
    public (Normalization First, Normalization Second, Normalization Third) Norms => (_norm1, _norm2, _norm3);

    /// <summary>The prompt's keys and values for this block.</summary>
    /// <param name="prompt">[batch, features, tokens, 1], channels last. Borrowed.</param>
    public PromptAttention Attend(Tensor prompt)
    {
        using var keysAndValues = _promptKeyValue.Apply(prompt);
        return new PromptAttention(
            ChannelsLast.Heads(keysAndValues, 0, _headCount, _featureCount),
            ChannelsLast.Heads(keysAndValues, _headCount * _featureCount, _headCount, _featureCount));
    }

    /// <summary>Runs the block.</summary>
    /// <param name="hidden">[batch, channels, height, width], channels last, of the prompt's batch or of a part that stands for all of it. Owned: the result takes its place.</param>
    /// <param name="prompt">From <see cref="Attend"/>.</param>
    /// <returns>[prompt's batch, channels, height, width].</returns>
    public Tensor Forward(Tensor hidden, PromptAttention prompt)
    {
        AttendToItself(hidden);
        // Up to here nothing has seen the prompt.
        hidden = ChannelsLast.Repeat(hidden, prompt.Keys.shape[0]);
        AttendTo(prompt, hidden);
        FeedForward(hidden);
        return hidden;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDisposable part in (IDisposable[])[_norm1, _norm2, _norm3, _queryKeyValue, _selfOut, _query, _promptKeyValue, _promptOut, _value, _gate, _feedForwardOut])
        {
            part.Dispose();
        }
    }

    private void AttendToItself(Tensor hidden)
    {
        using var normalised = _norm1.Layer(hidden);
        using var projected = _queryKeyValue.Apply(normalised);
        var channels = _headCount * _featureCount;
        using var query = ChannelsLast.Heads(projected, 0, _headCount, _featureCount);
        using var key = ChannelsLast.Heads(projected, channels, _headCount, _featureCount);
        using var value = ChannelsLast.Heads(projected, 2 * channels, _headCount, _featureCount);
        using var attended = Attention.Apply(query, key, value, hidden.shape[2], hidden.shape[3]);
        _selfOut.Accumulate(attended, hidden);
    }

    private void AttendTo(PromptAttention prompt, Tensor hidden)
    {
        using var normalised = _norm2.Layer(hidden);
        using var projected = _query.Apply(normalised);
        using var query = ChannelsLast.Heads(projected, 0, _headCount, _featureCount);
        using var attended = Attention.Apply(query, prompt.Keys, prompt.Values, hidden.shape[2], hidden.shape[3]);
        if (prompt.Picture is { } picture)
        {
            using var seen = Attention.Apply(query, picture.Keys, picture.Values, hidden.shape[2], hidden.shape[3]);
            attended.add_(seen, One);
        }

        _promptOut.Accumulate(attended, hidden);
    }

    private void FeedForward(Tensor hidden)
    {
        using var normalised = _norm3.Layer(hidden);
        using var gate = _gate.Apply(normalised, Activation.Gelu);
        using var gated = _value.ApplyMultiply(normalised, gate);
        _feedForwardOut.Accumulate(gated, hidden);
    }
}
