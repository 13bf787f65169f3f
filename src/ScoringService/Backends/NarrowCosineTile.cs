using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gal.Scoring.Backends;

/// <summary><see cref="CosineTile"/> where its twenty sums of sixteen lanes do not fit the registers: two rows at a time, and their squares in a pass of their own.</summary>
internal static unsafe class NarrowCosineTile
{
    private const int Lanes = CosineTile.Lanes;

    /// <inheritdoc cref="CosineTile.Dot"/>
    public static void Dot(float* rows, float* columns, int steps, int count, float* sums, float* lasts, bool adds)
    {
        for (var column = 0; column < count; column += CosineTile.Columns, columns += steps * CosineTile.ColumnStep, sums += CosineTile.TileSums, lasts += CosineTile.Rows)
        {
            var (first, firstLasts) = DotTwoRows(rows, columns, steps);
            var (second, secondLasts) = DotTwoRows(rows + (2 * Lanes), columns, steps);
            var products = Vector512.Create(first, second);
            (adds ? Vector512.Load(sums) + products : products).Store(sums);
            Put(Vector128.Create(firstLasts, secondLasts), lasts, adds);
        }

        Put(Square(rows, steps), count % CosineTile.Columns != 0 ? lasts - CosineTile.Rows : lasts, adds);
    }

    private static void Put(Vector128<float> products, float* lasts, bool adds) => (adds ? Vector128.Load(lasts) + products : products).Store(lasts);

    // Eight sums and two, which fit sixteen registers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (Vector256<float> Products, Vector64<float> Lasts) DotTwoRows(float* rows, float* columns, int steps)
    {
        Vector<float> a0 = default, a1 = default, a2 = default, a3 = default, a4 = default, b0 = default, b1 = default, b2 = default, b3 = default, b4 = default;
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
                column = Vector.Load(columns + k + (4 * Lanes));
                (a4, b4) = (Vector.FusedMultiplyAdd(xa, column, a4), Vector.FusedMultiplyAdd(xb, column, b4));
            }

            rows += CosineTile.RowStep;
            columns += CosineTile.ColumnStep;
        }

        var products = Vector256.Create(Vector.Sum(a0), Vector.Sum(a1), Vector.Sum(a2), Vector.Sum(a3), Vector.Sum(b0), Vector.Sum(b1), Vector.Sum(b2), Vector.Sum(b3));
        return (products, Vector64.Create(Vector.Sum(a4), Vector.Sum(b4)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Vector128<float> Square(float* rows, int steps)
    {
        Vector<float> a = default, b = default, c = default, d = default;
        for (; steps > 0; steps--, rows += CosineTile.RowStep)
        {
            for (nint k = 0; k < Lanes; k += Vector<float>.Count)
            {
                var (xa, xb, xc, xd) = (Vector.Load(rows + k), Vector.Load(rows + k + Lanes), Vector.Load(rows + k + (2 * Lanes)), Vector.Load(rows + k + (3 * Lanes)));
                (a, b) = (Vector.FusedMultiplyAdd(xa, xa, a), Vector.FusedMultiplyAdd(xb, xb, b));
                (c, d) = (Vector.FusedMultiplyAdd(xc, xc, c), Vector.FusedMultiplyAdd(xd, xd, d));
            }
        }

        return Vector128.Create(Vector.Sum(a), Vector.Sum(b), Vector.Sum(c), Vector.Sum(d));
    }
}
