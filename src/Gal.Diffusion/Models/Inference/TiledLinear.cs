using Gal.Diffusion.Models.Inference.Kernels;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Inference;

/// <summary>A linear layer's weights laid out for products of tiles; a copy.</summary>
internal sealed unsafe class TiledLinear : IDisposable
{
    private readonly Tensor _words;
    private readonly Tensor? _bias;

    /// <summary>Lays the weights out.</summary>
    /// <param name="layer">A linear layer, or a 1 × 1 convolution: [out, in, 1, 1] in float32 or bfloat16, both multiples of 16.</param>
    /// <param name="isApart">Whether its inputs come in the order of <see cref="TileWords"/>; they are a multiple of 32 then.</param>
    public TiledLinear(PackedConvolution layer, bool isApart = false)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var (outCount, inCount) = (layer.Weight.shape[0], layer.Weight.shape[1]);
        var width = TileMatrix.ChooseBlockWidth((int)outCount);
        var numbers = layer.Weight.dtype == bfloat16 ? 2 : 1;
        // [blocks, words, width, numbers a word]
        var words = isApart && numbers == 2
            ? layer.Weight.reshape(outCount / width, width, inCount / TileWords.Period, 2, TileWords.Period / 2).permute(0, 2, 4, 1, 3)
            : layer.Weight.reshape(outCount / width, width, inCount / numbers, numbers).permute(0, 2, 1, 3);
        _words = words.contiguous().alias().DetachFromDisposeScope();
        _bias = layer.Bias?.to(float32).contiguous().alias().DetachFromDisposeScope();
        Matrix = new TileMatrix
        {
            Words = (uint*)OneDnn.Address(_words),
            Bias = _bias is null ? null : (float*)OneDnn.Address(_bias),
            In = (int)inCount,
            Out = (int)outCount,
            BlockWidth = width,
        };
    }

    /// <summary>For a kernel; it lives as long as this.</summary>
    public TileMatrix Matrix { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _words.Dispose();
        _bias?.Dispose();
    }
}
