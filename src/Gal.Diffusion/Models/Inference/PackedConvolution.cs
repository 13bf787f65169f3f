using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Inference;

/// <summary>
/// A convolution, or a linear layer as the 1 × 1 convolution that it is over channels-last tokens, with weights laid out once for the shape of its input.
/// Not safe for use by several threads at once.
/// </summary>
internal sealed class PackedConvolution : IDisposable
{
    // From so many rows on oneDNN's product of matrices is at least as fast as its convolution although it lays out the weights in every call.
    private const long RowsWorthAProduct = 2048;

    private readonly Tensor _weight;
    private readonly int _padding;
    private readonly int _stride;
    private Tensor? _packed;
    private (long N, long C, long H, long W) _shape;

    /// <summary>Takes the weights over; they are laid out at the first call.</summary>
    /// <param name="weight">[out, in, k, k] or [out, in]; copied to <paramref name="dtype"/> where it differs.</param>
    /// <param name="bias">[out], or null; copied likewise.</param>
    /// <param name="dtype">float32 or bfloat16.</param>
    /// <param name="padding">Pixels on each side.</param>
    /// <param name="stride">Pixels between outputs.</param>
    public PackedConvolution(Tensor weight, Tensor? bias, ScalarType dtype, int padding = 0, int stride = 1)
    {
        using var scope = NewDisposeScope();
        var dense = weight.dim() == 2 ? weight.unsqueeze(-1).unsqueeze(-1) : weight;
        _weight = dense.detach().to(dtype).contiguous().alias().DetachFromDisposeScope();
        Bias = bias?.detach().to(dtype).contiguous().alias().DetachFromDisposeScope();
        (_padding, _stride) = (padding, stride);
    }

    /// <summary>[out, in, k, k], as it was before it was laid out.</summary>
    public Tensor Weight => _weight;

    /// <summary>[out], or null.</summary>
    public Tensor? Bias { get; }

    /// <summary>Channels of the result.</summary>
    public long OutChannels => _weight.shape[0];

    /// <summary>act(x ⋆ w + b), with <paramref name="bias"/> in place of the layer's own if it is given.</summary>
    /// <param name="input">[batch, in, height, width], channels last. Borrowed.</param>
    /// <param name="activation">Applied before the result is stored.</param>
    /// <param name="bias">[out] in the layer's format.</param>
    /// <returns>[batch, out, height', width'], channels last; the caller disposes it.</returns>
    public Tensor Apply(Tensor input, Activation activation = Activation.None, Tensor? bias = null)
    {
        if (!IsPointwise)
        {
            return Packed(input) is { } packed ? OneDnn.Convolve(input, packed, bias ?? Bias, _padding, _stride, activation) : Plain(input, activation, bias ?? Bias);
        }

        // In bfloat16 the convolution is the faster one where there are few channels to sum over.
        if (HasManyRows(input) && (_weight.dtype == float32 || _weight.shape[1] >= 128))
        {
            using var rows = ChannelsLast.Rows(input);
            using var weight = _weight.flatten(1);
            using var product = OneDnn.Linear(rows, weight, bias ?? Bias, activation);
            return ChannelsLast.OfRows(product, input.shape[0], input.shape[2], input.shape[3]);
        }

        using var column = ChannelsLast.Column(input);
        if (Packed(column) is not { } laidOut)
        {
            return Plain(input, activation, bias ?? Bias);
        }

        using var result = OneDnn.Convolve(column, laidOut, bias ?? Bias, 0, 1, activation);
        return ChannelsLast.OfRows(result, input.shape[0], input.shape[2], input.shape[3]);
    }

    /// <summary>(x ⋆ w + b) + other, as a new tensor.</summary>
    public Tensor ApplyAdd(Tensor input, Tensor other)
    {
        if (Packed(input) is { } packed)
        {
            return OneDnn.Combine(input, other, packed, Bias, _padding, _stride, multiply: false);
        }

        return Plain(input, Activation.None, Bias).add_(other);
    }

    /// <summary>(x ⋆ w + b) · other, as a new tensor.</summary>
    public Tensor ApplyMultiply(Tensor input, Tensor other)
    {
        if (IsPointwise && HasManyRows(input))
        {
            // The convolution with a product after it copies its second factor first.
            using var rows = ChannelsLast.Rows(input);
            using var factor = ChannelsLast.Rows(other);
            using var weight = _weight.flatten(1);
            using var product = OneDnn.LinearMultiply(rows, factor, weight, Bias);
            return ChannelsLast.OfRows(product, input.shape[0], input.shape[2], input.shape[3]);
        }

        if (Packed(input) is { } packed)
        {
            return OneDnn.Combine(input, other, packed, Bias, _padding, _stride, multiply: true);
        }

        return Plain(input, Activation.None, Bias).mul_(other);
    }

    /// <summary>accumulator += x ⋆ w + b.</summary>
    public void Accumulate(Tensor input, Tensor accumulator)
    {
        if (IsPointwise)
        {
            using var column = ChannelsLast.Column(input);
            using var sum = ChannelsLast.Column(accumulator);
            AccumulatePlaced(column, sum);
            return;
        }

        AccumulatePlaced(input, accumulator);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _weight.Dispose();
        Bias?.Dispose();
        _packed?.Dispose();
    }

    private bool IsPointwise => _weight.shape[2] == 1 && _weight.shape[3] == 1 && _padding == 0 && _stride == 1;

    private static bool HasManyRows(Tensor input) => input.shape[0] * input.shape[2] * input.shape[3] >= RowsWorthAProduct;

    private void AccumulatePlaced(Tensor input, Tensor accumulator)
    {
        if (Packed(input) is { } packed)
        {
            OneDnn.Accumulate(input, accumulator, packed, Bias, _padding, _stride);
            return;
        }

        using var plain = Plain(input, Activation.None, Bias);
        accumulator.add_(plain);
    }

    // By libtorch's own convolution, channels first: for weights that oneDNN cannot be trusted to lay out, and for single pixels.
    private Tensor Plain(Tensor input, Activation activation, Tensor? bias)
    {
        using var scope = NewDisposeScope();
        var result = nn.functional.conv2d(input.contiguous(), _weight, bias, [_stride, _stride], [_padding, _padding]);
        result = activation switch
        {
            Activation.Silu => nn.functional.silu(result),
            Activation.Gelu => nn.functional.gelu(result),
            _ => result,
        };
        return ChannelsLast.From(result, input.dtype).MoveToOuterDisposeScope();
    }

    private Tensor? Packed(Tensor input)
    {
        var size = input.shape;
        if (size[2] * size[3] == 1)
        {
            // A single pixel is channels first and channels last at once, and oneDNN refuses to add to it. It costs next to nothing either way.
            return null;
        }

        var shape = (size[0], size[1], size[2], size[3]);
        if (shape != _shape)
        {
            _packed?.Dispose();
            using var scope = NewDisposeScope();
            _packed = OneDnn.Pack(_weight, _padding, _stride, shape)?.DetachFromDisposeScope();
            _shape = shape;
        }

        return _packed;
    }
}
