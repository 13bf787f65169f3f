using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

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
    private const float E1 = 6.931472028550421e-1f, E2 = 2.402264791363012e-1f, E3 = 5.550332471162809e-2f, E4 = 9.618437357674640e-3f, E5 = 1.339887440266574e-3f, E6 = 1.535336188319500e-4f;
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

    /// <summary>2^x of each lane, within 2 units in the last place (the polynomial of Cephes' exp2f); zero below -150, infinite from 128 on; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> PowerOfTwo(Vector512<float> x)
    {
        // -∞ would become NaN without the clamp, whose second operand is what NaN returns.
        var clamped = Avx512F.Max(Vector512.Create(-150f), x);
        var n = Avx512F.RoundScale(clamped, 0);
        var r = clamped - n;
        var p = Vector512.Create(E6);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(E5));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(E4));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(E3));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(E2));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(E1));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512<float>.One);
        return Avx512F.Scale(p, n);
    }

    /// <summary>As <see cref="PowerOfTwo"/> with two terms fewer: a relative error of 5e-5, a fortieth of what bfloat16 rounds off.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> CoarsePowerOfTwo(Vector512<float> x)
    {
        var clamped = Avx512F.Max(Vector512.Create(-150f), x);
        var n = Avx512F.RoundScale(clamped, 0);
        var r = clamped - n;
        var p = Vector512.Create(E4);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(E3));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(E2));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(E1));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512<float>.One);
        return Avx512F.Scale(p, n);
    }

    /// <summary>x / (1 + e^-x) of each lane with a relative error of 1e-4, for bfloat16. NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> CoarseSilu(Vector512<float> x) =>
        x * Avx512F.Reciprocal14(Vector512<float>.One + CoarsePowerOfTwo(x * Vector512.Create(-Log2E)));

    /// <summary>x Φ(x) of each lane, Φ by the error function: Abramowitz and Stegun 7.1.26, whose absolute error is 1.5e-7. NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Gelu(Vector512<float> x)
    {
        var size = Vector512.Abs(x);
        var t = Vector512<float>.One / Vector512.FusedMultiplyAdd(size, Vector512.Create(0.3275911f * 0.70710678f), Vector512<float>.One);
        var p = Vector512.Create(0.5f * 1.061405429f);
        p = Vector512.FusedMultiplyAdd(p, t, Vector512.Create(0.5f * -1.453152027f));
        p = Vector512.FusedMultiplyAdd(p, t, Vector512.Create(0.5f * 1.421413741f));
        p = Vector512.FusedMultiplyAdd(p, t, Vector512.Create(0.5f * -0.284496736f));
        p = Vector512.FusedMultiplyAdd(p, t, Vector512.Create(0.5f * 0.254829592f));
        return WithoutTail(x, size * p * t * PowerOfTwo(x * x * Vector512.Create(-0.5f * Log2E)));
    }

    /// <summary>As <see cref="Gelu"/> by Abramowitz and Stegun 7.1.25, whose absolute error is 2.5e-5, for bfloat16: within 1e-4 of x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> CoarseGelu(Vector512<float> x)
    {
        var size = Vector512.Abs(x);
        var t = Avx512F.Reciprocal14(Vector512.FusedMultiplyAdd(size, Vector512.Create(0.47047f * 0.70710678f), Vector512<float>.One));
        var p = Vector512.Create(0.5f * 0.7478556f);
        p = Vector512.FusedMultiplyAdd(p, t, Vector512.Create(0.5f * -0.0958798f));
        p = Vector512.FusedMultiplyAdd(p, t, Vector512.Create(0.5f * 0.3480242f));
        return WithoutTail(x, size * p * t * CoarsePowerOfTwo(x * x * Vector512.Create(-0.5f * Log2E)));
    }

    // Φ(x) = 1 − tail for x ≥ 0 and tail below, where tail = ½ poly(t) t e^(−x²/2), t = 1 / (1 + p |x| / √2): so x Φ(x) = max(x, 0) − |x| tail. The maximum returns its second operand where that is NaN.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> WithoutTail(Vector512<float> x, Vector512<float> tail) => Avx512F.Max(Vector512<float>.Zero, x) - tail;

    // The clamp drops NaN (Min and Max return their second operand); a NaN must come through, or a broken model would paint plausible pictures.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Propagate(Vector512<float> result, Vector512<float> x) => Vector512.ConditionalSelect(Vector512.Equals(x, x), result, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Propagate(Vector256<float> result, Vector256<float> x) => Vector256.ConditionalSelect(Vector256.Equals(x, x), result, x);
}
