using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Gal.Scoring.Backends;

/// <summary>
/// Dot products of two rows with four columns at once. Eight sums hide the latency of the multiply-add and need six loads for eight of them, so that the
/// arithmetic is the limit, not the loads; and with the loaded values they fit the sixteen registers of AVX2.
/// </summary>
internal static class CosineTile
{
    /// <summary>Columns a tile.</summary>
    public const int Columns = 4;

    /// <summary>x0 and x1 with four columns that lie one after another. Each sum is formed in the same order wherever its row stands: equal rows give equal bits.</summary>
    /// <param name="x0">[dimension].</param>
    /// <param name="x1">[dimension].</param>
    /// <param name="columns">[4, dimension].</param>
    /// <param name="dots">Receives x0·column, 4 of them, then x1·column.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Dot(ReadOnlySpan<float> x0, ReadOnlySpan<float> x1, ReadOnlySpan<float> columns, Span<float> dots)
    {
        var dimension = x0.Length;
        ref var a = ref MemoryMarshal.GetReference(x0);
        ref var b = ref MemoryMarshal.GetReference(x1[..dimension]);
        ref var c0 = ref MemoryMarshal.GetReference(columns[..(Columns * dimension)]);
        ref var c1 = ref Unsafe.Add(ref c0, dimension);
        ref var c2 = ref Unsafe.Add(ref c1, dimension);
        ref var c3 = ref Unsafe.Add(ref c2, dimension);
        Vector<float> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
        var vectorized = dimension - (dimension % Vector<float>.Count);
        for (var k = 0; k < vectorized; k += Vector<float>.Count)
        {
            var va = Vector.LoadUnsafe(ref a, (nuint)k);
            var vb = Vector.LoadUnsafe(ref b, (nuint)k);
            var vc = Vector.LoadUnsafe(ref c0, (nuint)k);
            (a0, b0) = (Vector.FusedMultiplyAdd(va, vc, a0), Vector.FusedMultiplyAdd(vb, vc, b0));
            vc = Vector.LoadUnsafe(ref c1, (nuint)k);
            (a1, b1) = (Vector.FusedMultiplyAdd(va, vc, a1), Vector.FusedMultiplyAdd(vb, vc, b1));
            vc = Vector.LoadUnsafe(ref c2, (nuint)k);
            (a2, b2) = (Vector.FusedMultiplyAdd(va, vc, a2), Vector.FusedMultiplyAdd(vb, vc, b2));
            vc = Vector.LoadUnsafe(ref c3, (nuint)k);
            (a3, b3) = (Vector.FusedMultiplyAdd(va, vc, a3), Vector.FusedMultiplyAdd(vb, vc, b3));
        }

        (dots[0], dots[1], dots[2], dots[3]) = (Vector.Sum(a0), Vector.Sum(a1), Vector.Sum(a2), Vector.Sum(a3));
        (dots[4], dots[5], dots[6], dots[7]) = (Vector.Sum(b0), Vector.Sum(b1), Vector.Sum(b2), Vector.Sum(b3));
        for (var k = vectorized; k < dimension; k++)
        {
            for (var j = 0; j < Columns; j++)
            {
                dots[j] = MathF.FusedMultiplyAdd(x0[k], columns[(j * dimension) + k], dots[j]);
                dots[Columns + j] = MathF.FusedMultiplyAdd(x1[k], columns[(j * dimension) + k], dots[Columns + j]);
            }
        }
    }
}
