using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Gal.Diffusion.Models.Inference.Kernels;

/// <summary>What happens to rows of numbers between two products of tiles: float32 comes out of one, the storage format goes into the next. Widths are multiples of 16.</summary>
internal static unsafe class TileRows
{
    private const int Lanes = 16;

    /// <summary>destination = (source + bias) · factor in the storage format.</summary>
    /// <param name="source">[rows, width] float32.</param>
    /// <param name="sourceStride">Elements from row to row.</param>
    /// <param name="bias">[width], or null.</param>
    /// <param name="factor">By which everything is multiplied.</param>
    /// <param name="destination">[rows, width].</param>
    /// <param name="destinationStride">Elements from row to row.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="width">Numbers a row.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Convert<TSimd>(float* source, int sourceStride, float* bias, float factor, byte* destination, int destinationStride, int rows, int width)
        where TSimd : ISimd<Vector512<float>>
    {
        var scale = Vector512.Create(factor);
        for (var column = 0; column < width; column += Lanes)
        {
            var shift = bias == null ? Vector512<float>.Zero : Vector512.Load(bias + column) * scale;
            for (var row = 0; row < rows; row++)
            {
                TSimd.Store(Vector512.FusedMultiplyAdd(Vector512.Load(source + ((nint)row * sourceStride) + column), scale, shift), destination, ((nint)row * destinationStride) + column);
            }
        }
    }

    /// <summary>destination = source + bias + addend, the last and the result in the storage format.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add<TSimd>(float* source, int sourceStride, float* bias, byte* addend, byte* destination, int stride, int rows, int width)
        where TSimd : ISimd<Vector512<float>>
    {
        for (var column = 0; column < width; column += Lanes)
        {
            var shift = Vector512.Load(bias + column);
            for (var row = 0; row < rows; row++)
            {
                var at = ((nint)row * stride) + column;
                TSimd.Store(Vector512.Load(source + ((nint)row * sourceStride) + column) + shift + TSimd.Load(addend, at), destination, at);
            }
        }
    }

    /// <summary>product = (value + its bias) · GELU(gate + its bias) in the storage format, as words of numbers that lie sixteen apart; GELU by the error function.</summary>
    /// <param name="gate">[rows, width] float32.</param>
    /// <param name="value">Likewise.</param>
    /// <param name="gateBias">[width].</param>
    /// <param name="valueBias">[width].</param>
    /// <param name="product">[rows, width].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="width">Numbers a row; a multiple of 32.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gate<TSimd>(float* gate, float* value, float* gateBias, float* valueBias, byte* product, int rows, int width)
        where TSimd : ISimd<Vector512<float>>
    {
        for (var column = 0; column < width; column += 2 * Lanes)
        {
            Vector512<float> gateShift0 = Vector512.Load(gateBias + column), gateShift1 = Vector512.Load(gateBias + column + Lanes);
            Vector512<float> valueShift0 = Vector512.Load(valueBias + column), valueShift1 = Vector512.Load(valueBias + column + Lanes);
            for (var row = 0; row < rows; row++)
            {
                var at = ((nint)row * width) + column;
                Vector512<float> gate0 = Vector512.Load(gate + at) + gateShift0, gate1 = Vector512.Load(gate + at + Lanes) + gateShift1;
                Vector512<float> value0 = Vector512.Load(value + at) + valueShift0, value1 = Vector512.Load(value + at + Lanes) + valueShift1;
                if (TSimd.ElementSize == sizeof(float))
                {
                    (value0 * Exponential.Gelu(gate0)).Store((float*)product + at);
                    (value1 * Exponential.Gelu(gate1)).Store((float*)product + at + Lanes);
                }
                else
                {
                    TileWords.Of(value0 * Exponential.CoarseGelu(gate0), value1 * Exponential.CoarseGelu(gate1)).Store((float*)(product + (at * TSimd.ElementSize)));
                }
            }
        }
    }

    /// <summary>rows ← rows + bias, then their layer normalisation in the storage format: (x − μ) / √(σ² + ε) · γ + β.</summary>
    /// <param name="rows">[count, width] float32; changed by the bias.</param>
    /// <param name="bias">[width], or null.</param>
    /// <param name="norm">γ, β, ε.</param>
    /// <param name="normalised">[count, width].</param>
    /// <param name="count">Rows.</param>
    /// <param name="width">Numbers a row.</param>
    public static void Normalise<TSimd>(float* rows, float* bias, in NormParameters norm, byte* normalised, int count, int width)
        where TSimd : ISimd<Vector512<float>>
    {
        // Four rows at once, for a sum across lanes takes as long as the sum of a whole row; the last ones again where four do not divide them, without writing them twice.
        var row = 0;
        for (; row + 4 <= count; row += 4)
        {
            var values = rows + ((nint)row * width);
            NormaliseFour<TSimd>(values, values + width, values + (2 * width), values + (3 * width), bias, norm, normalised + ((nint)row * width * TSimd.ElementSize), width, 4);
        }

        if (row < count)
        {
            var values = rows + ((nint)row * width);
            float* second = row + 1 < count ? values + width : values, third = row + 2 < count ? second + width : second;
            NormaliseFour<TSimd>(values, second, third, third, bias, norm, normalised + ((nint)row * width * TSimd.ElementSize), width, count - row);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void NormaliseFour<TSimd>(float* a, float* b, float* c, float* d, float* bias, in NormParameters norm, byte* normalised, int width, int count)
        where TSimd : ISimd<Vector512<float>>
    {
        if (bias != null)
        {
            AddBias(a, bias, width, count);
        }

        Vector512<float> sumA = default, sumB = default, sumC = default, sumD = default;
        for (var i = 0; i < width; i += Lanes)
        {
            sumA += Vector512.Load(a + i);
            sumB += Vector512.Load(b + i);
            sumC += Vector512.Load(c + i);
            sumD += Vector512.Load(d + i);
        }

        var means = SumLanes(sumA, sumB, sumC, sumD) * (1f / width);
        Vector512<float> meanA = Vector512.Create(means[0]), meanB = Vector512.Create(means[1]), meanC = Vector512.Create(means[2]), meanD = Vector512.Create(means[3]);
        Vector512<float> squaresA = default, squaresB = default, squaresC = default, squaresD = default;
        for (var i = 0; i < width; i += Lanes)
        {
            Vector512<float> x = Vector512.Load(a + i) - meanA, y = Vector512.Load(b + i) - meanB, z = Vector512.Load(c + i) - meanC, w = Vector512.Load(d + i) - meanD;
            squaresA = Vector512.FusedMultiplyAdd(x, x, squaresA);
            squaresB = Vector512.FusedMultiplyAdd(y, y, squaresB);
            squaresC = Vector512.FusedMultiplyAdd(z, z, squaresC);
            squaresD = Vector512.FusedMultiplyAdd(w, w, squaresD);
        }

        var factors = Vector128<float>.One / Vector128.Sqrt((SumLanes(squaresA, squaresB, squaresC, squaresD) * (1f / width)) + Vector128.Create(norm.Epsilon));
        Vector512<float> factorA = Vector512.Create(factors[0]), factorB = Vector512.Create(factors[1]), factorC = Vector512.Create(factors[2]), factorD = Vector512.Create(factors[3]);
        float* weights = norm.Weight, shifts = norm.Bias;
        for (nint i = 0, second = width, third = 2 * (nint)width, fourth = 3 * (nint)width; i < width; i += Lanes, second += Lanes, third += Lanes, fourth += Lanes)
        {
            Vector512<float> weight = Vector512.Load(weights + i), shift = Vector512.Load(shifts + i);
            TSimd.Store(Vector512.FusedMultiplyAdd((Vector512.Load(a + i) - meanA) * factorA, weight, shift), normalised, i);
            if (count > 1)
            {
                TSimd.Store(Vector512.FusedMultiplyAdd((Vector512.Load(b + i) - meanB) * factorB, weight, shift), normalised, second);
            }

            if (count > 2)
            {
                TSimd.Store(Vector512.FusedMultiplyAdd((Vector512.Load(c + i) - meanC) * factorC, weight, shift), normalised, third);
            }

            if (count > 3)
            {
                TSimd.Store(Vector512.FusedMultiplyAdd((Vector512.Load(d + i) - meanD) * factorD, weight, shift), normalised, fourth);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddBias(float* rows, float* bias, int width, int count)
    {
        for (var i = 0; i < width; i += Lanes)
        {
            var shift = Vector512.Load(bias + i);
            for (var row = 0; row < count; row++)
            {
                var at = rows + ((nint)row * width) + i;
                (Vector512.Load(at) + shift).Store(at);
            }
        }
    }

    // The sum of each one's lanes.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> SumLanes(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d)
    {
        Vector512<float> ab = Avx512F.UnpackLow(a, b) + Avx512F.UnpackHigh(a, b), cd = Avx512F.UnpackLow(c, d) + Avx512F.UnpackHigh(c, d);
        var abcd = Avx512F.Shuffle(ab, cd, 0b01_00_01_00) + Avx512F.Shuffle(ab, cd, 0b11_10_11_10);
        var halves = abcd.GetLower() + abcd.GetUpper();
        return halves.GetLower() + halves.GetUpper();
    }
}
