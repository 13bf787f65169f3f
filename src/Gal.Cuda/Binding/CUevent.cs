using System.Runtime.InteropServices;

namespace ManagedCuda.BasicTypes;

/// <summary>A moment on a stream.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct CUevent
{
    /// <summary>The driver's own value.</summary>
    public nint Pointer { get; set; }
}
