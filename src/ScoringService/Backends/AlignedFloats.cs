using System.Runtime.InteropServices;

namespace Gal.Scoring.Backends;

/// <summary>
/// Working memory that begins on a page. A 64-byte load from an array, whose values begin anywhere, touches two lines and takes twice as long; and where two pieces lie in their pages decides
/// whether a load waits for a store to the other (processors compare the lower 12 bits of the addresses first), so it must not be left to chance.
/// </summary>
internal sealed unsafe class AlignedFloats : IDisposable
{
    private const int PageBytes = 4096;
    private readonly int _length;
    private float* _values;

    /// <summary>Takes memory for <paramref name="length"/> zeros.</summary>
    public AlignedFloats(int length)
    {
        _length = length;
        _values = (float*)NativeMemory.AlignedAlloc((nuint)Math.Max(length, 1) * sizeof(float), PageBytes);
        Span.Clear();
    }

    ~AlignedFloats() => NativeMemory.AlignedFree(_values);

    /// <summary>Where they begin. Not to be used after <see cref="Dispose"/>.</summary>
    public float* Pointer => _values;

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
