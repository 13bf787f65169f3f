using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gal.Diffusion.Models.Inference.Kernels;

/// <summary>
/// e^x in float32, within 2 units in the last place over the whole range; underflows to 0 and overflows to infinity like the exact value.
/// The framework's own vector exponential computes in float64 and takes three times as long.
/// </summary>
/// <remarks>x = n ln 2 + r with |r| ≤ ln 2 / 2; e^r by the polynomial of Cephes' expf; 2^n by adding n to the exponent in two halves, so that neither overflows.</remarks>
internal static class Exponential
{
    private const float Log2E = 1.44269504088896341f;
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;
    private const float C0 = 1.9875691500e-4f, C1 = 1.3981999507e-3f, C2 = 8.3334519073e-3f, C3 = 4.1665795894e-2f, C4 = 1.6666665459e-1f, C5 = 5.0000001201e-1f;
    // Beyond these e^x is infinite or zero in float32, and n would leave the range that two halves can express.
    private const float Largest = 89f, Smallest = -104f;

    /// <summary>e^x of each lane; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Of(Vector512<float> x)
    {
        var clamped = Vector512.MinNative(Vector512.MaxNative(x, Vector512.Create(Smallest)), Vector512.Create(Largest));
        var n = Vector512.Round(clamped * Vector512.Create(Log2E));
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2High), clamped);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2Low), r);
        var p = Vector512.Create(C0);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(C1));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(C2));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(C3));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(C4));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(C5));
        p = Vector512.FusedMultiplyAdd(p, r * r, r) + Vector512<float>.One;
        var exponent = Vector512.ConvertToInt32Native(n);
        var half = exponent >> 1;
        var bias = Vector512.Create(127);
        return Propagate(p * ((half + bias) << 23).AsSingle() * ((exponent - half + bias) << 23).AsSingle(), x);
    }

    /// <summary>e^x of each lane; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Of(Vector256<float> x)
    {
        var clamped = Vector256.MinNative(Vector256.MaxNative(x, Vector256.Create(Smallest)), Vector256.Create(Largest));
        var n = Vector256.Round(clamped * Vector256.Create(Log2E));
        var r = Vector256.FusedMultiplyAdd(n, Vector256.Create(-Ln2High), clamped);
        r = Vector256.FusedMultiplyAdd(n, Vector256.Create(-Ln2Low), r);
        var p = Vector256.Create(C0);
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(C1));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(C2));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(C3));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(C4));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(C5));
        p = Vector256.FusedMultiplyAdd(p, r * r, r) + Vector256<float>.One;
        var exponent = Vector256.ConvertToInt32Native(n);
        var half = exponent >> 1;
        var bias = Vector256.Create(127);
        return Propagate(p * ((half + bias) << 23).AsSingle() * ((exponent - half + bias) << 23).AsSingle(), x);
    }

    // The clamp drops NaN (Min and Max return their second operand); a NaN must come through, or a broken model would paint plausible pictures.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Propagate(Vector512<float> result, Vector512<float> x) => Vector512.ConditionalSelect(Vector512.Equals(x, x), result, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Propagate(Vector256<float> result, Vector256<float> x) => Vector256.ConditionalSelect(Vector256.Equals(x, x), result, x);
}
