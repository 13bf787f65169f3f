using System.Runtime.InteropServices;
using ManagedCuda.BasicTypes;

namespace ManagedCuda;

/// <summary>A driver call that failed.</summary>
public class CudaException : Exception
{
    /// <summary>With the driver's own name and text for the error.</summary>
    public CudaException(CUResult error)
        : this(error, Describe(error), null)
    {
    }

    /// <summary>With a message of the caller's.</summary>
    public CudaException(CUResult error, string message, Exception? exception)
        : base(message, exception) => CudaError = error;

    /// <summary>What the driver returned.</summary>
    public CUResult CudaError { get; }

    private static string Describe(CUResult error)
    {
        var name = DriverApi.cuGetErrorName(error, out var text) == CUResult.Success ? Marshal.PtrToStringUTF8(text) : null;
        var words = DriverApi.cuGetErrorString(error, out text) == CUResult.Success ? Marshal.PtrToStringUTF8(text) : null;
        return $"{name ?? error.ToString()} ({(int)error}): {words ?? "the driver has no text for this error"}";
    }
}
