using System.Runtime.InteropServices;

namespace ManagedCuda.BasicTypes;

/// <summary>An address in device memory.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct CUdeviceptr
{
    /// <summary>Wraps an address.</summary>
    public CUdeviceptr(SizeT pointer) => Pointer = pointer;

    /// <summary>The address.</summary>
    public SizeT Pointer { get; }
}
