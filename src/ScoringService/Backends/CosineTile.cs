using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Gal.Scoring.Backends;

/// <summary>
/// Dot products of four rows with four columns at once, both packed: [steps, 4, 16], step k holding values 16k to 16k + 15 of each of the four, zeros past the end.
/// Sixteen sums hide the latency of the multiply-add and need eight loads for sixteen of them, so that the arithmetic is the limit and not the loads.
/// Each sum is formed in the same order wherever its row and its column stand: equal rows give equal bits.
/// </summary>
internal static class CosineTile
{
    /// <summary>Rows a tile.</summary>
    public const int Rows = 4;

    /// <summary>Columns a tile.</summary>
    public const int Columns = 4;

    private const int Lanes = 16;
    private const int StepFloats = Rows * Lanes;

    /// <summary>Values that four packed vectors take.</summary>
    public static int PackedLength(int dimension) => (dimension + Lanes - 1) / Lanes * StepFloats;

    /// <summary>Packs four vectors.</summary>
    /// <param name="vectors">[count, dimension].</param>
    /// <param name="count">1 to 4; the last one fills the places of those that are missing.</param>
    /// <param name="dimension">Values a vector.</param>
    /// <param name="packed">Receives [steps, 4, 16]; zeros past the end must stand there already.</param>
    /// <returns>The sum of squares of each.</returns>
    public static Vector128<float> Pack(ReadOnlySpan<float> vectors, int count, int dimension, Span<float> packed)
    {
        var whole = dimension - (dimension % Lanes);
        vectors = vectors[..(count * dimension)];
        var squares = PackWhole(ref Row(vectors, 0, count), ref Row(vectors, 1, count), ref Row(vectors, 2, count), ref Row(vectors, 3, count), whole / Lanes, ref MemoryMarshal.GetReference(packed[..PackedLength(dimension)]));
        for (var i = 0; whole < dimension && i < Rows; i++)
        {
            var rest = vectors.Slice((Math.Min(i, count - 1) * dimension) + whole, dimension - whole);
            rest.CopyTo(packed[((whole * Rows) + (i * Lanes))..]);
            squares = squares.WithElement(i, squares[i] + TensorPrimitives.SumOfSquares(rest));
        }

        return squares;
    }

    /// <summary>Four rows with four columns.</summary>
    /// <param name="rows">[steps, 4, 16].</param>
    /// <param name="columns">[steps, 4, 16].</param>
    /// <param name="next">What is read soon: a step asks for one line of it, so that memory works while the arithmetic does.</param>
    /// <returns>[4 rows, 4 columns].</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Dot(ReadOnlySpan<float> rows, ReadOnlySpan<float> columns, ref readonly float next)
    {
        var steps = rows.Length / StepFloats;
        ref var x = ref MemoryMarshal.GetReference(rows);
        ref var t = ref MemoryMarshal.GetReference(columns[..rows.Length]);
        return Avx512F.IsSupported
            ? Dot512(ref x, ref t, steps, in next)
            : Vector512.Create(DotTwoRows(ref x, ref t, steps), DotTwoRows(ref Unsafe.Add(ref x, 2 * Lanes), ref t, steps));
    }

    private static ref float Row(ReadOnlySpan<float> vectors, int index, int count) =>
        ref Unsafe.Add(ref MemoryMarshal.GetReference(vectors), vectors.Length / count * Math.Min(index, count - 1));

    // Without a call, or the sums would be kept in memory.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Vector128<float> PackWhole(ref float x0, ref float x1, ref float x2, ref float x3, int steps, ref float target)
    {
        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default;
        for (var k = 0; steps > 0; steps--, k += Lanes, target = ref Unsafe.Add(ref target, StepFloats))
        {
            s0 = Place(Vector512.LoadUnsafe(ref x0, (nuint)k), s0, ref target, 0);
            s1 = Place(Vector512.LoadUnsafe(ref x1, (nuint)k), s1, ref target, Lanes);
            s2 = Place(Vector512.LoadUnsafe(ref x2, (nuint)k), s2, ref target, 2 * Lanes);
            s3 = Place(Vector512.LoadUnsafe(ref x3, (nuint)k), s3, ref target, 3 * Lanes);
        }

        return Vector128.Create(Vector512.Sum(s0), Vector512.Sum(s1), Vector512.Sum(s2), Vector512.Sum(s3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Place(Vector512<float> values, Vector512<float> squares, ref float target, int offset)
    {
        values.StoreUnsafe(ref target, (nuint)offset);
        return Vector512.FusedMultiplyAdd(values, values, squares);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe Vector512<float> Dot512(ref float x, ref float t, int steps, ref readonly float next)
    {
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
        Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default, d0 = default, d1 = default, d2 = default, d3 = default;
        ref var ahead = ref Unsafe.AsRef(in next);
        for (; steps > 0; steps--)
        {
            // A prefetch of an address that has moved or is past the end does no harm: it is a hint. Non-temporal: each row is read once and must not drive the columns out.
            Sse.PrefetchNonTemporal(Unsafe.AsPointer(ref ahead));
            var (xa, xb, xc, xd) = (Vector512.LoadUnsafe(ref x), Vector512.LoadUnsafe(ref x, Lanes), Vector512.LoadUnsafe(ref x, 2 * Lanes), Vector512.LoadUnsafe(ref x, 3 * Lanes));
            var column = Vector512.LoadUnsafe(ref t);
            (a0, b0) = (Vector512.FusedMultiplyAdd(xa, column, a0), Vector512.FusedMultiplyAdd(xb, column, b0));
            (c0, d0) = (Vector512.FusedMultiplyAdd(xc, column, c0), Vector512.FusedMultiplyAdd(xd, column, d0));
            column = Vector512.LoadUnsafe(ref t, Lanes);
            (a1, b1) = (Vector512.FusedMultiplyAdd(xa, column, a1), Vector512.FusedMultiplyAdd(xb, column, b1));
            (c1, d1) = (Vector512.FusedMultiplyAdd(xc, column, c1), Vector512.FusedMultiplyAdd(xd, column, d1));
            column = Vector512.LoadUnsafe(ref t, 2 * Lanes);
            (a2, b2) = (Vector512.FusedMultiplyAdd(xa, column, a2), Vector512.FusedMultiplyAdd(xb, column, b2));
            (c2, d2) = (Vector512.FusedMultiplyAdd(xc, column, c2), Vector512.FusedMultiplyAdd(xd, column, d2));
            column = Vector512.LoadUnsafe(ref t, 3 * Lanes);
            (a3, b3) = (Vector512.FusedMultiplyAdd(xa, column, a3), Vector512.FusedMultiplyAdd(xb, column, b3));
            (c3, d3) = (Vector512.FusedMultiplyAdd(xc, column, c3), Vector512.FusedMultiplyAdd(xd, column, d3));
            x = ref Unsafe.Add(ref x, StepFloats);
            t = ref Unsafe.Add(ref t, StepFloats);
            ahead = ref Unsafe.Add(ref ahead, Lanes);
        }

        return SumQuarters(SumQuarters(SumPairs(a0, a1, a2, a3), SumPairs(b0, b1, b2, b3)), SumQuarters(SumPairs(c0, c1, c2, c3), SumPairs(d0, d1, d2, d3)));
    }

    // In each quarter of 4 lanes: the sum of that quarter of each of the four.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> SumPairs(Vector512<float> v0, Vector512<float> v1, Vector512<float> v2, Vector512<float> v3)
    {
        var low = (Avx512F.UnpackLow(v0, v1) + Avx512F.UnpackHigh(v0, v1)).AsDouble();
        var high = (Avx512F.UnpackLow(v2, v3) + Avx512F.UnpackHigh(v2, v3)).AsDouble();
        return Avx512F.UnpackLow(low, high).AsSingle() + Avx512F.UnpackHigh(low, high).AsSingle();
    }

    // The first two quarters: those of the first summed in twos; the last two: those of the second.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> SumQuarters(Vector512<float> first, Vector512<float> second) =>
        Avx512F.Shuffle4x128(first, second, 0b10_00_10_00) + Avx512F.Shuffle4x128(first, second, 0b11_01_11_01);

    // Where sixteen sums of sixteen lanes do not fit the registers: eight that do.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Vector256<float> DotTwoRows(ref float x, ref float t, int steps)
    {
        Vector<float> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
        for (; steps > 0; steps--)
        {
            for (nuint k = 0; k < Lanes; k += (nuint)Vector<float>.Count)
            {
                var (xa, xb) = (Vector.LoadUnsafe(ref x, k), Vector.LoadUnsafe(ref x, k + Lanes));
                var column = Vector.LoadUnsafe(ref t, k);
                (a0, b0) = (Vector.FusedMultiplyAdd(xa, column, a0), Vector.FusedMultiplyAdd(xb, column, b0));
                column = Vector.LoadUnsafe(ref t, k + Lanes);
                (a1, b1) = (Vector.FusedMultiplyAdd(xa, column, a1), Vector.FusedMultiplyAdd(xb, column, b1));
                column = Vector.LoadUnsafe(ref t, k + (2 * Lanes));
                (a2, b2) = (Vector.FusedMultiplyAdd(xa, column, a2), Vector.FusedMultiplyAdd(xb, column, b2));
                column = Vector.LoadUnsafe(ref t, k + (3 * Lanes));
                (a3, b3) = (Vector.FusedMultiplyAdd(xa, column, a3), Vector.FusedMultiplyAdd(xb, column, b3));
            }

            x = ref Unsafe.Add(ref x, StepFloats);
            t = ref Unsafe.Add(ref t, StepFloats);
        }

        return Vector256.Create(Vector.Sum(a0), Vector.Sum(a1), Vector.Sum(a2), Vector.Sum(a3), Vector.Sum(b0), Vector.Sum(b1), Vector.Sum(b2), Vector.Sum(b3));
    }
}
