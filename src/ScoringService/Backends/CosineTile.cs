using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Gal.Scoring.Backends;

/// <summary>
/// Dot products of four rows with four columns at once, over a chunk of their width. Both are packed: [steps, 4, 16], step k holding values 16k to 16k + 15 of each of the four, zeros past the end.
/// Sixteen sums hide the latency of the multiply-add and need eight loads for sixteen of them, so that the arithmetic is the limit and not the loads.
/// Each sum is formed in the same order wherever its row and its column stand: equal rows give equal bits.
/// </summary>
internal static unsafe class CosineTile
{
    /// <summary>Rows a tile.</summary>
    public const int Rows = 4;

    /// <summary>Columns a tile.</summary>
    public const int Columns = 4;

    /// <summary>Values of a vector that a step takes.</summary>
    public const int Lanes = 16;

    /// <summary>Values of four packed vectors that a step takes.</summary>
    public const int StepFloats = Rows * Lanes;

    /// <summary>Products of a tile.</summary>
    public const int TileSums = Rows * Columns;

    /// <summary>Whether a chunk of that width can be read and packed on the way, by <see cref="PackAndDot"/>.</summary>
    /// <param name="length">Values a vector.</param>
    public static bool PacksOnTheWay(int length) => Avx512F.IsSupported && length % Lanes == 0;

    /// <summary>Packs a chunk of four vectors.</summary>
    /// <param name="vectors">Where it begins.</param>
    /// <param name="length">Values of each, at least 1.</param>
    /// <param name="packed">Receives [steps, 4, 16].</param>
    /// <param name="squares">Receives the sum of squares of each, [4].</param>
    public static void Pack(FourRows vectors, int length, float* packed, float* squares)
    {
        var whole = length / Lanes;
        PackSteps(vectors, whole, packed, squares);
        var rest = length % Lanes;
        if (rest > 0)
        {
            PackRest(vectors.X0 + (whole * Lanes), rest, packed + (whole * StepFloats), squares);
            PackRest(vectors.X1 + (whole * Lanes), rest, packed + (whole * StepFloats) + Lanes, squares + 1);
            PackRest(vectors.X2 + (whole * Lanes), rest, packed + (whole * StepFloats) + (2 * Lanes), squares + 2);
            PackRest(vectors.X3 + (whole * Lanes), rest, packed + (whole * StepFloats) + (3 * Lanes), squares + 3);
        }
    }

    /// <summary>Four rows with one tile of columns after the other.</summary>
    /// <param name="rows">[steps, 4, 16], aligned.</param>
    /// <param name="columns">[tiles, steps, 4, 16], aligned.</param>
    /// <param name="steps">Steps of the chunk.</param>
    /// <param name="tiles">Tiles; 0 is allowed.</param>
    /// <param name="next">A row that is read soon: each tile asks for the lines of one, so that memory works while the arithmetic does.</param>
    /// <param name="nextStride">Values from that row to the next tile's.</param>
    /// <param name="sums">[tiles, 4 rows, 4 columns]: receives the products.</param>
    /// <param name="adds">Whether they are added to what stands there.</param>
    public static void Dot(float* rows, float* columns, int steps, int tiles, float* next, int nextStride, float* sums, bool adds)
    {
        if (Avx512F.IsSupported)
        {
            Dot512(rows, columns, steps, tiles, next, nextStride, sums, adds);
            return;
        }

        for (; tiles > 0; tiles--, columns += steps * StepFloats, sums += TileSums)
        {
            Put(Vector512.Create(DotTwoRows(rows, columns, steps), DotTwoRows(rows + (2 * Lanes), columns, steps)), sums, adds);
        }
    }

    /// <summary>Does what <see cref="Pack"/> and <see cref="Dot"/> with one tile do, while the rows come from memory. Needs <see cref="PacksOnTheWay"/>.</summary>
    /// <param name="rows">Where the chunk begins.</param>
    /// <param name="packed">Receives [steps, 4, 16], aligned.</param>
    /// <param name="columns">[steps, 4, 16], aligned.</param>
    /// <param name="steps">Steps of the chunk.</param>
    /// <param name="next">A row that is read soon.</param>
    /// <param name="sums">[4 rows, 4 columns]: receives the products.</param>
    /// <param name="adds">Whether they are added to what stands there.</param>
    /// <param name="squares">Receives the sum of squares of each row, [4].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PackAndDot(FourRows rows, float* packed, float* columns, int steps, float* next, float* sums, bool adds, float* squares)
    {
        float* x0 = rows.X0, x1 = rows.X1, x2 = rows.X2, x3 = rows.X3;
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
        Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default, d0 = default, d1 = default, d2 = default, d3 = default;
        Vector512<float> aa = default, bb = default, cc = default, dd = default;
        for (nint k = 0; steps > 0; steps--, k += Lanes)
        {
            Sse.PrefetchNonTemporal(next + k);
            var (xa, xb, xc, xd) = (Vector512.Load(x0 + k), Vector512.Load(x1 + k), Vector512.Load(x2 + k), Vector512.Load(x3 + k));
            xa.Store(packed);
            xb.Store(packed + Lanes);
            xc.Store(packed + (2 * Lanes));
            xd.Store(packed + (3 * Lanes));
            (aa, bb) = (Vector512.FusedMultiplyAdd(xa, xa, aa), Vector512.FusedMultiplyAdd(xb, xb, bb));
            (cc, dd) = (Vector512.FusedMultiplyAdd(xc, xc, cc), Vector512.FusedMultiplyAdd(xd, xd, dd));
            var column = Vector512.Load(columns);
            (a0, b0) = (Vector512.FusedMultiplyAdd(xa, column, a0), Vector512.FusedMultiplyAdd(xb, column, b0));
            (c0, d0) = (Vector512.FusedMultiplyAdd(xc, column, c0), Vector512.FusedMultiplyAdd(xd, column, d0));
            column = Vector512.Load(columns + Lanes);
            (a1, b1) = (Vector512.FusedMultiplyAdd(xa, column, a1), Vector512.FusedMultiplyAdd(xb, column, b1));
            (c1, d1) = (Vector512.FusedMultiplyAdd(xc, column, c1), Vector512.FusedMultiplyAdd(xd, column, d1));
            column = Vector512.Load(columns + (2 * Lanes));
            (a2, b2) = (Vector512.FusedMultiplyAdd(xa, column, a2), Vector512.FusedMultiplyAdd(xb, column, b2));
            (c2, d2) = (Vector512.FusedMultiplyAdd(xc, column, c2), Vector512.FusedMultiplyAdd(xd, column, d2));
            column = Vector512.Load(columns + (3 * Lanes));
            (a3, b3) = (Vector512.FusedMultiplyAdd(xa, column, a3), Vector512.FusedMultiplyAdd(xb, column, b3));
            (c3, d3) = (Vector512.FusedMultiplyAdd(xc, column, c3), Vector512.FusedMultiplyAdd(xd, column, d3));
            packed += StepFloats;
            columns += StepFloats;
        }

        var quarters = SumPairs(aa, bb, cc, dd);
        var halves = quarters.GetLower() + quarters.GetUpper();
        (halves.GetLower() + halves.GetUpper()).Store(squares);
        Put(SumQuarters(SumQuarters(SumPairs(a0, a1, a2, a3), SumPairs(b0, b1, b2, b3)), SumQuarters(SumPairs(c0, c1, c2, c3), SumPairs(d0, d1, d2, d3))), sums, adds);
    }

    // Without a call, or the sums would be kept in memory.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackSteps(FourRows vectors, int steps, float* packed, float* squares)
    {
        float* x0 = vectors.X0, x1 = vectors.X1, x2 = vectors.X2, x3 = vectors.X3;
        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default;
        for (nint k = 0; steps > 0; steps--, k += Lanes, packed += StepFloats)
        {
            s0 = Place(Vector512.Load(x0 + k), s0, packed);
            s1 = Place(Vector512.Load(x1 + k), s1, packed + Lanes);
            s2 = Place(Vector512.Load(x2 + k), s2, packed + (2 * Lanes));
            s3 = Place(Vector512.Load(x3 + k), s3, packed + (3 * Lanes));
        }

        Vector128.Create(Vector512.Sum(s0), Vector512.Sum(s1), Vector512.Sum(s2), Vector512.Sum(s3)).Store(squares);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Place(Vector512<float> values, Vector512<float> squares, float* packed)
    {
        values.Store(packed);
        return Vector512.FusedMultiplyAdd(values, values, squares);
    }

    private static void PackRest(float* rest, int length, float* packed, float* square)
    {
        var values = new ReadOnlySpan<float>(rest, length);
        var lanes = new Span<float>(packed, Lanes);
        values.CopyTo(lanes);
        lanes[length..].Clear();
        *square += TensorPrimitives.SumOfSquares(values);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Dot512(float* rows, float* columns, int steps, int tiles, float* next, int nextStride, float* sums, bool adds)
    {
        for (; tiles > 0; tiles--, next += nextStride, sums += TileSums)
        {
            Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
            Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default, d0 = default, d1 = default, d2 = default, d3 = default;
            float* x = rows, line = next;
            for (var step = steps; step > 0; step--)
            {
                // Past the end it does no harm: it is a hint. Non-temporal: each row is read once and must not drive the columns out.
                Sse.PrefetchNonTemporal(line);
                var (xa, xb, xc, xd) = (Vector512.Load(x), Vector512.Load(x + Lanes), Vector512.Load(x + (2 * Lanes)), Vector512.Load(x + (3 * Lanes)));
                var column = Vector512.Load(columns);
                (a0, b0) = (Vector512.FusedMultiplyAdd(xa, column, a0), Vector512.FusedMultiplyAdd(xb, column, b0));
                (c0, d0) = (Vector512.FusedMultiplyAdd(xc, column, c0), Vector512.FusedMultiplyAdd(xd, column, d0));
                column = Vector512.Load(columns + Lanes);
                (a1, b1) = (Vector512.FusedMultiplyAdd(xa, column, a1), Vector512.FusedMultiplyAdd(xb, column, b1));
                (c1, d1) = (Vector512.FusedMultiplyAdd(xc, column, c1), Vector512.FusedMultiplyAdd(xd, column, d1));
                column = Vector512.Load(columns + (2 * Lanes));
                (a2, b2) = (Vector512.FusedMultiplyAdd(xa, column, a2), Vector512.FusedMultiplyAdd(xb, column, b2));
                (c2, d2) = (Vector512.FusedMultiplyAdd(xc, column, c2), Vector512.FusedMultiplyAdd(xd, column, d2));
                column = Vector512.Load(columns + (3 * Lanes));
                (a3, b3) = (Vector512.FusedMultiplyAdd(xa, column, a3), Vector512.FusedMultiplyAdd(xb, column, b3));
                (c3, d3) = (Vector512.FusedMultiplyAdd(xc, column, c3), Vector512.FusedMultiplyAdd(xd, column, d3));
                x += StepFloats;
                columns += StepFloats;
                line += Lanes;
            }

            Put(SumQuarters(SumQuarters(SumPairs(a0, a1, a2, a3), SumPairs(b0, b1, b2, b3)), SumQuarters(SumPairs(c0, c1, c2, c3), SumPairs(d0, d1, d2, d3))), sums, adds);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(Vector512<float> products, float* sums, bool adds) => (adds ? Vector512.Load(sums) + products : products).Store(sums);

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
    private static Vector256<float> DotTwoRows(float* rows, float* columns, int steps)
    {
        Vector<float> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
        for (; steps > 0; steps--)
        {
            for (nint k = 0; k < Lanes; k += Vector<float>.Count)
            {
                var (xa, xb) = (Vector.Load(rows + k), Vector.Load(rows + k + Lanes));
                var column = Vector.Load(columns + k);
                (a0, b0) = (Vector.FusedMultiplyAdd(xa, column, a0), Vector.FusedMultiplyAdd(xb, column, b0));
                column = Vector.Load(columns + k + Lanes);
                (a1, b1) = (Vector.FusedMultiplyAdd(xa, column, a1), Vector.FusedMultiplyAdd(xb, column, b1));
                column = Vector.Load(columns + k + (2 * Lanes));
                (a2, b2) = (Vector.FusedMultiplyAdd(xa, column, a2), Vector.FusedMultiplyAdd(xb, column, b2));
                column = Vector.Load(columns + k + (3 * Lanes));
                (a3, b3) = (Vector.FusedMultiplyAdd(xa, column, a3), Vector.FusedMultiplyAdd(xb, column, b3));
            }

            rows += StepFloats;
            columns += StepFloats;
        }

        return Vector256.Create(Vector.Sum(a0), Vector.Sum(a1), Vector.Sum(a2), Vector.Sum(a3), Vector.Sum(b0), Vector.Sum(b1), Vector.Sum(b2), Vector.Sum(b3));
    }
}
