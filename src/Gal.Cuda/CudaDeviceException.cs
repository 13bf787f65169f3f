using ManagedCuda;
using ManagedCuda.BasicTypes;

namespace Gal.Cuda;

/// <summary>The device failed in the middle of the work; the message says what it was doing and what the driver said.</summary>
public sealed class CudaDeviceException : Exception
{
    internal CudaDeviceException(string operation, CudaException innerException)
        : base($"The GPU failed while {operation}: {innerException.Message}.", innerException) => Error = innerException.CudaError;

    /// <summary>What the driver returned.</summary>
    public CUResult Error { get; }

    /// <summary>Whether there was too little memory alone: smaller work may still succeed. After any other error the context cannot be trusted.</summary>
    public bool IsOutOfMemory => Error == CUResult.ErrorOutOfMemory;
}
