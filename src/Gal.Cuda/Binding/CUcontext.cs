using System.Runtime.InteropServices;

namespace ManagedCuda.BasicTypes;

/// <summary>A context.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct CUcontext
{
    /// <summary>The driver's own value.</summary>
    public nint Pointer { get; set; }
}
