using System.Runtime.InteropServices;

namespace ManagedCuda.BasicTypes;

/// <summary>A size or count as the driver takes it (size_t).</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct SizeT
{
    private readonly nuint _value;

    private SizeT(nuint value) => _value = value;

    /// <summary>From a count; negative ones throw.</summary>
    public static implicit operator SizeT(int value) => new(checked((nuint)value));

    /// <summary>From a count; negative ones throw.</summary>
    public static implicit operator SizeT(long value) => new(checked((nuint)value));

    /// <summary>From an address.</summary>
    public static implicit operator SizeT(ulong value) => new(checked((nuint)value));

    /// <summary>To a count; throws where it does not fit.</summary>
    public static implicit operator int(SizeT size) => checked((int)size._value);

    /// <summary>To a count; throws where it does not fit.</summary>
    public static implicit operator long(SizeT size) => checked((long)size._value);

    /// <summary>To an address.</summary>
    public static implicit operator ulong(SizeT size) => size._value;
}
