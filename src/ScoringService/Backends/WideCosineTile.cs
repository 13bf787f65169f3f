using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Gal.Scoring.Backends;

/// <summary>
/// <see cref="CosineTile"/> with AVX-512. Twenty sums hide the latency of the multiply-add and need nine loads for twenty of them; what a step does besides counts, for a core whose other thread is at work issues half as many instructions.
/// No calls in here: the sums would be kept in memory.
/// </summary>
internal static unsafe class WideCosineTile
{
    private const int Lanes = CosineTile.Lanes;

    // Where a tile's squares of the rows are formed: not, in the place of an empty last column, besides five columns, or besides a single one.
    private enum Squares
    {
        None,
        InLastColumn,
        BesidesAll,
        BesidesFirst,
    }

    /// <summary><see cref="CosineTile.Dot"/>, with rows that need not be packed.</summary>
    /// <param name="row">Where the chunk begins in the first row.</param>
    /// <param name="to1">Values from there to the second row.</param>
    /// <param name="to2">To the third one.</param>
    /// <param name="to3">To the fourth one.</param>
    /// <param name="rowStep">Values from a row's step to its next one.</param>
    /// <param name="columns">[tiles, steps, 5, 16], aligned.</param>
    /// <param name="steps">Steps of the chunk.</param>
    /// <param name="count">Columns, at least one.</param>
    /// <param name="next">What is read soon.</param>
    /// <param name="sums">[tiles, 4 rows, 4 columns]: receives the products.</param>
    /// <param name="lasts">[tiles, 4 rows] and perhaps [4 rows] more: receives those with the tiles' last columns, and the squares.</param>
    /// <param name="adds">Whether they are added to what stands there.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Dot(float* row, nint to1, nint to2, nint to3, nint rowStep, float* columns, int steps, int count, float* next, float* sums, float* lasts, bool adds)
    {
        for (; count > CosineTile.Columns; count -= CosineTile.Columns)
        {
            DotTile(Squares.None, row, to1, to2, to3, rowStep, columns, steps, next, sums, lasts, adds);
            columns += steps * CosineTile.ColumnStep;
            next += steps * Lanes;
            sums += CosineTile.TileSums;
            lasts += CosineTile.Rows;
        }

        if (count == 1)
        {
            DotTile(Squares.BesidesFirst, row, to1, to2, to3, rowStep, columns, steps, next, sums, lasts, adds);
        }
        else if (count < CosineTile.Columns)
        {
            DotTile(Squares.InLastColumn, row, to1, to2, to3, rowStep, columns, steps, next, sums, lasts, adds);
        }
        else
        {
            DotTile(Squares.BesidesAll, row, to1, to2, to3, rowStep, columns, steps, next, sums, lasts, adds);
        }
    }

    /// <summary>Packs four rows and does what <see cref="Dot"/> does with a tile that is not the last, while the rows come from memory. Needs <see cref="CosineTile.ReadsAsTheyLie"/>.</summary>
    /// <param name="row">Where the chunk begins in the first row.</param>
    /// <param name="to1">Values from there to the second row.</param>
    /// <param name="to2">To the third one.</param>
    /// <param name="to3">To the fourth one.</param>
    /// <param name="packed">Receives [steps, 4, 16], aligned.</param>
    /// <param name="columns">[steps, 5, 16], aligned.</param>
    /// <param name="steps">Steps of the chunk.</param>
    /// <param name="next">What is read soon.</param>
    /// <param name="sums">[4 rows, 4 columns]: receives the products.</param>
    /// <param name="lasts">[4 rows]: receives those with the last column.</param>
    /// <param name="adds">Whether they are added to what stands there.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PackAndDot(float* row, nint to1, nint to2, nint to3, float* packed, float* columns, int steps, float* next, float* sums, float* lasts, bool adds)
    {
        // Two aligned loads and a permutation: a load that touches two lines costs far more where both come from memory. What they reach besides the row lies in its lines.
        var offset = (int)((nuint)row % (Lanes * sizeof(float)) / sizeof(float));
        var lanes = Vector512<int>.Indices + Vector512.Create(offset);
        nint second = offset == 0 ? 0 : Lanes;
        float* x0 = row - offset, x1 = x0 + to1, x2 = x0 + to2, x3 = x0 + to3;
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default, a4 = default, b0 = default, b1 = default, b2 = default, b3 = default, b4 = default;
        Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, d0 = default, d1 = default, d2 = default, d3 = default, d4 = default;
        for (nint k = 0, end = (nint)steps * Lanes; k < end; k += Lanes, second += Lanes)
        {
            Sse.Prefetch0(next + k);
            var xa = Avx512F.PermuteVar16x32x2(Vector512.Load(x0 + k), lanes, Vector512.Load(x0 + second));
            var xb = Avx512F.PermuteVar16x32x2(Vector512.Load(x1 + k), lanes, Vector512.Load(x1 + second));
            var xc = Avx512F.PermuteVar16x32x2(Vector512.Load(x2 + k), lanes, Vector512.Load(x2 + second));
            var xd = Avx512F.PermuteVar16x32x2(Vector512.Load(x3 + k), lanes, Vector512.Load(x3 + second));
            xa.Store(packed);
            xb.Store(packed + Lanes);
            xc.Store(packed + (2 * Lanes));
            xd.Store(packed + (3 * Lanes));
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
            column = Vector512.Load(columns + (4 * Lanes));
            (a4, b4) = (Vector512.FusedMultiplyAdd(xa, column, a4), Vector512.FusedMultiplyAdd(xb, column, b4));
            (c4, d4) = (Vector512.FusedMultiplyAdd(xc, column, c4), Vector512.FusedMultiplyAdd(xd, column, d4));
            packed += CosineTile.RowStep;
            columns += CosineTile.ColumnStep;
        }

        Put(SumQuarters(SumQuarters(SumPairs(a0, a1, a2, a3), SumPairs(b0, b1, b2, b3)), SumQuarters(SumPairs(c0, c1, c2, c3), SumPairs(d0, d1, d2, d3))), sums, adds);
        PutLast(SumPairs(a4, b4, c4, d4), lasts, adds);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void DotTile(Squares squares, float* row, nint to1, nint to2, nint to3, nint rowStep, float* columns, int steps, float* next, float* sums, float* lasts, bool adds)
    {
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default, a4 = default, b0 = default, b1 = default, b2 = default, b3 = default, b4 = default;
        Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, d0 = default, d1 = default, d2 = default, d3 = default, d4 = default;
        Vector512<float> aa = default, bb = default, cc = default, dd = default;
        for (var end = next + (steps * Lanes); next < end; next += Lanes)
        {
            // Past the end it does no harm: it is a hint.
            Sse.Prefetch0(next);
            var (xa, xb, xc, xd) = (Vector512.Load(row), Vector512.Load(row + to1), Vector512.Load(row + to2), Vector512.Load(row + to3));
            var column = Vector512.Load(columns);
            (a0, b0) = (Vector512.FusedMultiplyAdd(xa, column, a0), Vector512.FusedMultiplyAdd(xb, column, b0));
            (c0, d0) = (Vector512.FusedMultiplyAdd(xc, column, c0), Vector512.FusedMultiplyAdd(xd, column, d0));
            if (squares != Squares.BesidesFirst)
            {
                column = Vector512.Load(columns + Lanes);
                (a1, b1) = (Vector512.FusedMultiplyAdd(xa, column, a1), Vector512.FusedMultiplyAdd(xb, column, b1));
                (c1, d1) = (Vector512.FusedMultiplyAdd(xc, column, c1), Vector512.FusedMultiplyAdd(xd, column, d1));
                column = Vector512.Load(columns + (2 * Lanes));
                (a2, b2) = (Vector512.FusedMultiplyAdd(xa, column, a2), Vector512.FusedMultiplyAdd(xb, column, b2));
                (c2, d2) = (Vector512.FusedMultiplyAdd(xc, column, c2), Vector512.FusedMultiplyAdd(xd, column, d2));
                column = Vector512.Load(columns + (3 * Lanes));
                (a3, b3) = (Vector512.FusedMultiplyAdd(xa, column, a3), Vector512.FusedMultiplyAdd(xb, column, b3));
                (c3, d3) = (Vector512.FusedMultiplyAdd(xc, column, c3), Vector512.FusedMultiplyAdd(xd, column, d3));
            }

            if (squares is Squares.None or Squares.BesidesAll)
            {
                column = Vector512.Load(columns + (4 * Lanes));
                (a4, b4) = (Vector512.FusedMultiplyAdd(xa, column, a4), Vector512.FusedMultiplyAdd(xb, column, b4));
                (c4, d4) = (Vector512.FusedMultiplyAdd(xc, column, c4), Vector512.FusedMultiplyAdd(xd, column, d4));
            }

            if (squares != Squares.None)
            {
                (aa, bb) = (Vector512.FusedMultiplyAdd(xa, xa, aa), Vector512.FusedMultiplyAdd(xb, xb, bb));
                (cc, dd) = (Vector512.FusedMultiplyAdd(xc, xc, cc), Vector512.FusedMultiplyAdd(xd, xd, dd));
            }

            row += rowStep;
            columns += CosineTile.ColumnStep;
        }

        Put(SumQuarters(SumQuarters(SumPairs(a0, a1, a2, a3), SumPairs(b0, b1, b2, b3)), SumQuarters(SumPairs(c0, c1, c2, c3), SumPairs(d0, d1, d2, d3))), sums, adds);
        if (squares is Squares.None or Squares.BesidesAll)
        {
            PutLast(SumPairs(a4, b4, c4, d4), lasts, adds);
            lasts += CosineTile.Rows;
        }

        if (squares != Squares.None)
        {
            PutLast(SumPairs(aa, bb, cc, dd), lasts, adds);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(Vector512<float> products, float* sums, bool adds) => (adds ? Vector512.Load(sums) + products : products).Store(sums);

    // The quarters in the order of SumQuarters, or a column would give other bits here than elsewhere.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PutLast(Vector512<float> quarters, float* lasts, bool adds)
    {
        var (lower, upper) = (quarters.GetLower(), quarters.GetUpper());
        var products = (lower.GetLower() + lower.GetUpper()) + (upper.GetLower() + upper.GetUpper());
        (adds ? Vector128.Load(lasts) + products : products).Store(lasts);
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
}
