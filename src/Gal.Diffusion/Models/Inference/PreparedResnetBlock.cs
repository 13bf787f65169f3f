using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Inference;

/// <summary>A residual block: x + conv2(SiLU(norm2(conv1(SiLU(norm1(x))) + time))). Six operators; the time term arrives inside conv1's bias.</summary>
internal sealed class PreparedResnetBlock : IDisposable
{
    private readonly Normalization _norm1;
    private readonly Normalization _norm2;
    private readonly PackedConvolution _conv1;
    private readonly PackedConvolution _conv2;
    private readonly PackedConvolution? _shortcut;
    private readonly PackedConvolution? _secondShortcut;

    /// <summary>Reads the block's weights.</summary>
    /// <param name="weights">The checkpoint's tensors at this block's prefix.</param>
    /// <param name="groupCount">Groups of the normalisations.</param>
    /// <param name="epsilon">ε of the normalisations.</param>
    /// <param name="firstChannels">Channels of the first of two inputs that the block sees side by side (an up block's hidden states before the skip); 0 if there is one input.</param>
    public PreparedResnetBlock(WeightScope weights, long groupCount, double epsilon, long firstChannels = 0)
    {
        _norm1 = new Normalization(weights["norm1.weight"], weights["norm1.bias"], epsilon, groupCount);
        _norm2 = new Normalization(weights["norm2.weight"], weights["norm2.bias"], epsilon, groupCount);
        _conv1 = weights.Convolution("conv1", padding: 1);
        _conv2 = weights.Convolution("conv2", padding: 1);
        if (!weights.Contains("conv_shortcut.weight"))
        {
            return;
        }

        if (firstChannels == 0)
        {
            _shortcut = weights.Convolution("conv_shortcut");
            return;
        }

        // A 1 × 1 convolution of two inputs side by side is the sum of one of each: so they need not be copied together.
        using var scope = NewDisposeScope();
        var weight = weights["conv_shortcut.weight"];
        _shortcut = new PackedConvolution(weight.narrow(1, 0, firstChannels), weights["conv_shortcut.bias"], weights.Dtype);
        _secondShortcut = new PackedConvolution(weight.narrow(1, firstChannels, weight.shape[1] - firstChannels), null, weights.Dtype);
    }

    /// <summary>Channels of the result.</summary>
    public long OutChannels => _conv1.OutChannels;

    /// <summary>conv1's bias: [out].</summary>
    public Tensor Conv1Bias => _conv1.Bias!;

    /// <summary>Runs the block.</summary>
    /// <param name="first">[batch, channels, height, width], channels last. Borrowed, not changed.</param>
    /// <param name="second">The skip connection's channels, or null. Borrowed.</param>
    /// <param name="timeBias">conv1's bias plus the projected time embedding, [out]; conv1's bias alone if null.</param>
    /// <returns>[batch, out, height, width]; the caller disposes it.</returns>
    public Tensor Forward(Tensor first, Tensor? second = null, Tensor? timeBias = null)
    {
        using var normalised1 = _norm1.Group(first, second, silu: true);
        using var hidden = _conv1.Apply(normalised1, bias: timeBias);
        using var normalised2 = _norm2.Group(hidden, null, silu: true);
        if (_shortcut is null)
        {
            using var both = second is null ? null : cat([first, second], 1);
            return _conv2.ApplyAdd(normalised2, both ?? first);
        }

        var result = _shortcut.Apply(first);
        if (second is not null)
        {
            _secondShortcut!.Accumulate(second, result);
        }

        _conv2.Accumulate(normalised2, result);
        return result;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _norm1.Dispose();
        _norm2.Dispose();
        _conv1.Dispose();
        _conv2.Dispose();
        _shortcut?.Dispose();
        _secondShortcut?.Dispose();
    }
}
