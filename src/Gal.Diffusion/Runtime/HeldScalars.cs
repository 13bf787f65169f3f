using TorchSharp;

namespace Gal.Diffusion.Runtime;

/// <summary>
/// Numbers for tensor operations. A Scalar that is made for one call (tensor * 0.5) is unreachable as soon as the binding has read its handle: a collection that
/// another thread starts can free it while the native call still reads it, and the result is then garbage. These are held long enough.
/// </summary>
internal static class HeldScalars
{
    // More than any expression has; each thread is in one native call at a time.
    private const int Capacity = 64;

    [ThreadStatic]
    private static Scalar[]? held;

    [ThreadStatic]
    private static int next;

    /// <summary>The number as a Scalar that lives until this thread has asked for many more.</summary>
    public static Scalar Held(this double value) => Hold(value);

    /// <inheritdoc cref="Held(double)"/>
    public static Scalar Held(this float value) => Hold(value);

    private static Scalar Hold(Scalar scalar)
    {
        held ??= new Scalar[Capacity];
        held[next] = scalar;
        next = (next + 1) % Capacity;
        return scalar;
    }
}
