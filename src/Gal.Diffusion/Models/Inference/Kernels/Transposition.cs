using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Gal.Diffusion.Models.Inference.Kernels;

/// <summary>Squares of 16 × 16 float32, turned over within registers.</summary>
internal static unsafe class Transposition
{
    /// <summary>destination[column, row] = source[row, column]; strides in elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transpose(float* source, nint sourceStride, float* destination, nint destinationStride)
    {
        // Four bands of four rows: in each 128-bit lane a 4 × 4 square is transposed; then the squares change places.
        for (var band = 0; band < 4; band++)
        {
            var row = source + (4 * band);
            var (a, b, c, d) = (Band(row, sourceStride, 0), Band(row, sourceStride, 1), Band(row, sourceStride, 2), Band(row, sourceStride, 3));
            Vector512<float> ab0 = Avx512F.UnpackLow(a, b), ab1 = Avx512F.UnpackHigh(a, b), cd0 = Avx512F.UnpackLow(c, d), cd1 = Avx512F.UnpackHigh(c, d);
            var column = destination + (4 * band * destinationStride);
            Avx512F.UnpackLow(ab0.AsDouble(), cd0.AsDouble()).AsSingle().Store(column);
            Avx512F.UnpackHigh(ab0.AsDouble(), cd0.AsDouble()).AsSingle().Store(column + destinationStride);
            Avx512F.UnpackLow(ab1.AsDouble(), cd1.AsDouble()).AsSingle().Store(column + (2 * destinationStride));
            Avx512F.UnpackHigh(ab1.AsDouble(), cd1.AsDouble()).AsSingle().Store(column + (3 * destinationStride));
        }
    }

    // Four columns of the rows r, r + 4, r + 8, r + 12 side by side.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Band(float* source, nint stride, int row) => Vector512.Create(
        Vector256.Create(Vector128.Load(source + (row * stride)), Vector128.Load(source + ((row + 4) * stride))),
        Vector256.Create(Vector128.Load(source + ((row + 8) * stride)), Vector128.Load(source + ((row + 12) * stride))));
}
