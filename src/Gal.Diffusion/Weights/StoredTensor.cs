using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Gal.Diffusion.Weights;

/// <summary>A tensor as it lies in a file: nothing is read before it is asked for. Valid while its file is open.</summary>
public sealed class StoredTensor
{
    private readonly SafetensorsFile _file;
    private readonly SafetensorsEntry _entry;

    internal StoredTensor(SafetensorsFile file, SafetensorsEntry entry, long[] shape) => (_file, _entry, Shape) = (file, entry, [.. shape]);

    /// <summary>The key in the file.</summary>
    public string Name => _entry.Name;

    /// <summary>The file.</summary>
    public string Path => _file.Path;

    /// <summary>The element type's name in the format, for example "F16".</summary>
    public string Dtype => _entry.Dtype.Name;

    /// <summary>Empty for a scalar.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>Bytes in the file.</summary>
    public long ByteCount => _entry.End - _entry.Begin;

    internal SafetensorsDtype StoredType => _entry.Dtype;

    /// <summary>The tensor's bytes in the mapped file.</summary>
    internal ReadOnlySpan<byte> Bytes => _file.Bytes(_entry);

    /// <summary>The same elements under another shape.</summary>
    /// <exception cref="ArgumentException">The shapes differ in their number of elements.</exception>
    public StoredTensor Reshaped(params long[] shape) => shape.Aggregate(1L, (a, b) => a * b) == Shape.Aggregate(1L, (a, b) => a * b)
        ? new StoredTensor(_file, _entry, shape)
        : throw new ArgumentException($"{Name} of shape [{string.Join(", ", Shape)}] does not fit [{string.Join(", ", shape)}].", nameof(shape));

    /// <summary>Reads the tensor onto the CPU.</summary>
    /// <param name="dtype">Converts; the file's own type if null.</param>
    /// <returns>A tensor that the caller disposes.</returns>
    /// <exception cref="SafetensorsException">The type has no counterpart in torch, or the tensor is over 2 GiB.</exception>
    public Tensor Read(ScalarType? dtype = null)
    {
        var tensor = empty([.. Shape], dtype ?? TorchDtype());
        CopyTo(tensor);
        return tensor;
    }

    /// <summary>Fills a tensor of the same shape, on any device and of any type.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    /// <exception cref="SafetensorsException">The type has no counterpart in torch, or the tensor is over 2 GiB.</exception>
    public void CopyTo(Tensor target)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (!target.shape.AsSpan().SequenceEqual([.. Shape]))
        {
            throw new ArgumentException($"{Name} has shape [{string.Join(", ", Shape)}], the target [{string.Join(", ", target.shape)}].", nameof(target));
        }
        var source = _file.Bytes(_entry);
        if (source.IsEmpty || TryCopyDirectly(source, target))
        {
            return;
        }
        using var noGrad = no_grad();
        using var staged = empty([.. Shape], TorchDtype());
        source.CopyTo(staged.bytes);
        target.copy_(staged);
    }

    /// <summary>The two frequent cases without a second copy: equal types, and half precision into float32.</summary>
    private bool TryCopyDirectly(ReadOnlySpan<byte> source, Tensor target)
    {
        if (target.device_type != DeviceType.CPU || !target.is_contiguous() || target.is_sparse)
        {
            return false;
        }
        if (target.dtype == TorchDtype())
        {
            source.CopyTo(target.bytes);
            return true;
        }
        if (target.dtype == ScalarType.Float32 && _entry.Dtype.Torch == ScalarType.Float16 && target.numel() <= int.MaxValue / sizeof(float))
        {
            TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(source), MemoryMarshal.Cast<byte, float>(target.bytes));
            return true;
        }
        return false;
    }

    private ScalarType TorchDtype() => _entry.Dtype.Torch ?? throw new SafetensorsException(Path, $"tensor \"{Name}\" is of type {Dtype}, which cannot be computed with here; convert it to F16, BF16 or F32.");
}
