using static TorchSharp.torch;

namespace Gal.Diffusion.Weights;

/// <summary>A tensor on its way into a file, whether it is in memory or in another file.</summary>
internal sealed record WritableTensor(string Name, SafetensorsDtype Dtype, IReadOnlyList<long> Shape, Action<Stream> WriteData)
{
    public long ByteCount => Shape.Aggregate((long)Dtype.Size, (bytes, dimension) => bytes * dimension);

    public static WritableTensor From(string name, Tensor tensor) => new(name, SafetensorsDtype.FromTorch(tensor.dtype), tensor.shape, stream =>
    {
        if (tensor.numel() > 0)
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            stream.Write(tensor.detach().cpu().contiguous().bytes);
        }
    });

    /// <param name="name">The key in the new file.</param>
    /// <param name="stored">Read when its turn to be written comes.</param>
    /// <param name="dtype">What a floating-point tensor becomes; null keeps its bytes.</param>
    public static WritableTensor From(string name, StoredTensor stored, ScalarType? dtype) => dtype is { } wanted && stored.StoredType.IsFloatingPoint && stored.StoredType.Torch != wanted
        ? new(name, SafetensorsDtype.FromTorch(wanted), stored.Shape, stream => WriteConverted(stored, wanted, stream))
        : new(name, stored.StoredType, stored.Shape, stream => stream.Write(stored.Bytes));

    private static void WriteConverted(StoredTensor stored, ScalarType dtype, Stream stream)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var own = stored.Read();
        var converted = own.to(dtype);
        if (dtype == ScalarType.Float16 && (converted.isinf() & own.isfinite()).any().item<bool>())
        {
            throw new SafetensorsException(stored.Path, $"tensor \"{stored.Name}\" holds values over 65,504, which float16 cannot hold; choose bfloat16 or float32.");
        }
        if (converted.numel() > 0)
        {
            stream.Write(converted.bytes);
        }
    }
}
