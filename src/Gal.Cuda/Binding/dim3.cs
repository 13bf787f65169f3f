using System.Runtime.InteropServices;

namespace ManagedCuda.VectorTypes;

/// <summary>The size of a grid or block.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct dim3(uint x, uint y, uint z)
{
    /// <summary>One dimension.</summary>
    public dim3(int x)
        : this(checked((uint)x), 1, 1)
    {
    }

    /// <summary>Two dimensions.</summary>
    public dim3(int x, int y)
        : this(checked((uint)x), checked((uint)y), 1)
    {
    }
}
