using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gal.Scoring.Backends;

/// <summary>Four rows at a time against all columns. The four are packed in the first-level cache, where every tile of columns meets them; meanwhile the next four are fetched from memory.</summary>
/// <param name="columns">The columns; borrowed.</param>
internal sealed class CosineRows(NormalizedColumns columns) : IDisposable
{
    private readonly AlignedFloats _packed = new(CosineTile.PackedLength(columns.Dimension));

    /// <summary>Writes the cosines of up to four rows.</summary>
    /// <param name="rows">[n, dimension], all of them.</param>
    /// <param name="first">The first of the four.</param>
    /// <param name="count">1 to 4.</param>
    /// <param name="similarities">Receives [count, columns].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Multiply(ReadOnlySpan<float> rows, int first, int count, Span<float> similarities)
    {
        var dimension = columns.Dimension;
        var packed = _packed.Span;
        var squares = CosineTile.Pack(rows.Slice(first * dimension, count * dimension), count, dimension, packed);
        var factors = Spread(NormalizedColumns.InverseNorm(squares[0]), NormalizedColumns.InverseNorm(squares[1]), NormalizedColumns.InverseNorm(squares[2]), NormalizedColumns.InverseNorm(squares[3]));
        var lastRow = (rows.Length / dimension) - 1;
        for (var j = 0; j < columns.Count; j += CosineTile.Columns)
        {
            // The first four tiles fetch one of the next four rows each.
            var tile = j / CosineTile.Columns;
            ref readonly var next = ref rows[Math.Min(first + CosineTile.Rows + Math.Min(tile, CosineTile.Rows - 1), lastRow) * dimension];
            var cosines = CosineTile.Dot(packed, columns.Tile(tile), in next) * factors;
            if (count == CosineTile.Rows && columns.Count - j >= CosineTile.Columns)
            {
                StoreWhole(cosines, similarities[j..], columns.Count);
            }
            else
            {
                StorePart(cosines, count, Math.Min(CosineTile.Columns, columns.Count - j), similarities[j..], columns.Count);
            }
        }
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _packed.Dispose();

    private static Vector512<float> Spread(float row0, float row1, float row2, float row3) => Vector512.Create(
        Vector256.Create(Vector128.Create(row0), Vector128.Create(row1)),
        Vector256.Create(Vector128.Create(row2), Vector128.Create(row3)));

    // From the registers: four loads of what has just been stored as one would wait for it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreWhole(Vector512<float> cosines, Span<float> target, int stride)
    {
        cosines.GetLower().GetLower().CopyTo(target);
        cosines.GetLower().GetUpper().CopyTo(target[stride..]);
        cosines.GetUpper().GetLower().CopyTo(target[(2 * stride)..]);
        cosines.GetUpper().GetUpper().CopyTo(target[(3 * stride)..]);
    }

    private static void StorePart(Vector512<float> cosines, int rowCount, int columnCount, Span<float> target, int stride)
    {
        Span<float> values = stackalloc float[Vector512<float>.Count];
        cosines.CopyTo(values);
        for (var i = 0; i < rowCount; i++)
        {
            values.Slice(i * CosineTile.Columns, columnCount).CopyTo(target[(i * stride)..]);
        }
    }
}
