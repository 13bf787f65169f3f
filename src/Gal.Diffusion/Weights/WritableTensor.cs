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

    public static WritableTensor From(string name, StoredTensor stored) => new(name, stored.StoredType, stored.Shape, stream => stream.Write(stored.Bytes));
}
