using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Gal.Scoring.Backends;

/// <summary>
/// Dot products of four rows with five columns at once, over a chunk of their width. Both are packed: [steps, 4, 16] and [steps, 5, 16], step k holding values 16k to 16k + 15 of each vector, zeros past the end.
/// Each sum is formed in the same order wherever its row and its column stand: equal rows give equal bits.
/// The products of a tile are [4 rows, 4 columns], which fill a vector, and apart from them [4 rows] with its last column. The rows' own squares are formed in the place of a column.
/// </summary>
internal static unsafe class CosineTile
{
    /// <summary>Rows a tile.</summary>
    public const int Rows = 4;

    /// <summary>Columns a tile.</summary>
    public const int Columns = 5;

    /// <summary>Values of a vector that a step takes.</summary>
    public const int Lanes = 16;

    /// <summary>Values of packed rows that a step takes.</summary>
    public const int RowStep = Rows * Lanes;

    /// <summary>Values of packed columns that a step takes.</summary>
    public const int ColumnStep = Columns * Lanes;

    /// <summary>Products of a tile with its first four columns.</summary>
    public const int TileSums = Rows * 4;

    /// <summary>Whether rows of that width need no packing of their own: <see cref="WideCosineTile"/> reads them as they lie, and packs them on the way through the first of several tiles.</summary>
    /// <param name="dimension">Values from one row to the next.</param>
    public static bool ReadsAsTheyLie(int dimension) => Avx512F.IsSupported && dimension % Lanes == 0;

    /// <summary>Packs a chunk of one vector.</summary>
    /// <param name="vector">Where it begins.</param>
    /// <param name="length">Values, at least 1.</param>
    /// <param name="packed">Receives 16 values a step.</param>
    /// <param name="step">Values from one step to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack(float* vector, int length, float* packed, int step)
    {
        for (; length >= Lanes; length -= Lanes, vector += Lanes, packed += step)
        {
            Vector512.Load(vector).Store(packed);
        }

        if (length > 0)
        {
            var lanes = new Span<float>(packed, Lanes);
            new ReadOnlySpan<float>(vector, length).CopyTo(lanes);
            lanes[length..].Clear();
        }
    }

    /// <summary>Four rows with one tile of columns after the other, and at last with themselves.</summary>
    /// <param name="rows">[steps, 4, 16], aligned.</param>
    /// <param name="columns">[tiles, steps, 5, 16], aligned.</param>
    /// <param name="steps">Steps of the chunk.</param>
    /// <param name="count">Columns, at least one. Where the last tile's last column is empty, its place is the squares', which else stand after the last.</param>
    /// <param name="next">What is read soon: each step asks for a line of it, so that memory works while the arithmetic does.</param>
    /// <param name="sums">[tiles, 4 rows, 4 columns]: receives the products.</param>
    /// <param name="lasts">[tiles, 4 rows] and perhaps [4 rows] more: receives those with the tiles' last columns, and the squares.</param>
    /// <param name="adds">Whether they are added to what stands there.</param>
    public static void Dot(float* rows, float* columns, int steps, int count, float* next, float* sums, float* lasts, bool adds)
    {
        if (Avx512F.IsSupported)
        {
            WideCosineTile.Dot(rows, Lanes, 2 * Lanes, 3 * Lanes, RowStep, columns, steps, count, next, sums, lasts, adds);
        }
        else
        {
            NarrowCosineTile.Dot(rows, columns, steps, count, sums, lasts, adds);
        }
    }
}
