using System.Runtime.InteropServices;

namespace ManagedCuda.BasicTypes;

/// <summary>A device, by the driver's number.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct CUdevice
{
    /// <summary>The driver's own value.</summary>
    public int Pointer { get; set; }
}
