using System.Runtime.InteropServices;

namespace ManagedCuda.BasicTypes;

/// <summary>A queue of work on a device.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct CUstream
{
    /// <summary>The driver's own value.</summary>
    public nint Pointer { get; set; }

    /// <summary>The legacy default stream, which torch works on too: what is launched here runs in order with torch's kernels.</summary>
    public static CUstream NullStream => default;
}
