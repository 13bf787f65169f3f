using System.Runtime.InteropServices;

namespace Gal.Scoring.Backends;

/// <summary>Working memory that begins on a cache line: a 64-byte load from an array, whose values begin anywhere, touches two lines and takes twice as long.</summary>
internal sealed unsafe class AlignedFloats : IDisposable
{
    private const int LineBytes = 64;
    private readonly int _length;
    private float* _values;

    /// <summary>Takes memory for <paramref name="length"/> zeros.</summary>
    public AlignedFloats(int length)
    {
        _length = length;
        _values = (float*)NativeMemory.AlignedAlloc((nuint)Math.Max(length, 1) * sizeof(float), LineBytes);
        Span.Clear();
    }

    ~AlignedFloats() => NativeMemory.AlignedFree(_values);

    /// <summary>The values. Not to be used after <see cref="Dispose"/>.</summary>
    public Span<float> Span => new(_values, _length);

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        NativeMemory.AlignedFree(_values);
        _values = null;
        GC.SuppressFinalize(this);
    }
}
