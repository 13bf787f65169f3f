using System.Runtime.InteropServices;

namespace ManagedCuda.BasicTypes;

/// <summary>A loaded module.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct CUmodule
{
    /// <summary>The driver's own value.</summary>
    public nint Pointer { get; set; }
}
