using System.Runtime.InteropServices;

namespace ManagedCuda.BasicTypes;

/// <summary>A kernel of a module.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct CUfunction
{
    /// <summary>The driver's own value.</summary>
    public nint Pointer { get; set; }
}
