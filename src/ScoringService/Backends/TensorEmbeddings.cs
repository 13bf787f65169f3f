using System.Runtime.InteropServices;
using Gal.Cuda;
using ManagedCuda.BasicTypes;
using TorchSharp;

namespace Gal.Scoring.Backends;

/// <summary>CLIP's features as torch holds them, handed to the kernels without a copy.</summary>
/// <remarks>Torch and the kernels both work on the legacy default stream of the card's primary context: what torch was asked for before is there when a kernel reads it, without waiting on the host.</remarks>
public static partial class TensorEmbeddings
{
    /// <summary>Wraps a tensor on a card.</summary>
    /// <param name="features">[rows, dimension], contiguous, float32, float16 or bfloat16. Borrowed: the caller keeps it alive until the backend has answered.</param>
    /// <exception cref="ArgumentException">It is not such a tensor.</exception>
    public static DeviceEmbeddings OnCard(torch.Tensor features)
    {
        var matrix = Locate(features);
        return new(matrix, Math.Max(features.device_index, 0), () => CopyToHost(features));
    }

    /// <summary>Where a tensor's first element lies, on whichever device; views included.</summary>
    /// <exception cref="ArgumentException">It is not a contiguous matrix of a type that the kernels take.</exception>
    public static DeviceMatrix Locate(torch.Tensor features)
    {
        ArgumentNullException.ThrowIfNull(features);
        if (features.dim() != 2 || !features.is_contiguous())
        {
            throw new ArgumentException($"The features are a tensor of shape [{string.Join(", ", features.shape)}]{(features.is_contiguous() ? string.Empty : " that is not contiguous")}; they must be [rows, dimension] and contiguous.", nameof(features));
        }

        var type = features.dtype switch
        {
            torch.ScalarType.Float32 => ElementType.Float32,
            torch.ScalarType.Float16 => ElementType.Float16,
            torch.ScalarType.BFloat16 => ElementType.BFloat16,
            _ => throw new ArgumentException($"The features are {features.dtype}; they must be Float32, Float16 or BFloat16.", nameof(features)),
        };

        // Not storage().data_ptr(): that is the storage's beginning, wrong for a view by its offset.
        return new DeviceMatrix(new CUdeviceptr((ulong)DataPointer(features.Handle)), checked((int)features.shape[0]), checked((int)features.shape[1]), type);
    }

    /// <summary>A copy in host memory.</summary>
    /// <param name="features">Of any shape, type and device. Borrowed.</param>
    internal static float[] CopyToHost(torch.Tensor features)
    {
        using var scope = torch.NewDisposeScope();
        return features.to(torch.float32).cpu().data<float>().ToArray();
    }

    [LibraryImport("LibTorchSharp", EntryPoint = "THSTensor_data")]
    private static partial nint DataPointer(nint tensor);
}
