using System.Runtime.Intrinsics;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Gal.Diffusion.Models.Inference;
using Gal.Diffusion.Models.Inference.Kernels;
using static TorchSharp.torch;

namespace Gal.Diffusion.Tests.Models.Inference;

/// <summary>Products of tiles against libtorch's, and the functions between them against float64.</summary>
public sealed unsafe class TileProductTests
{
    // Elsewhere the product never calls them, and a call would end the process.
    public TileProductTests() => Assert.SkipUnless(System.Runtime.Intrinsics.X86.Avx512BW.IsSupported, "The kernels are for processors with AVX-512.");

    [Fact]
    public void TileProduct_ThisMachine_IsAvailable() => Assert.Equal(OperatingSystem.IsLinux() && System.Runtime.Intrinsics.X86.Avx512BW.IsSupported, TileProduct.IsAvailable);

    [Property(MaxTest = 60)]
    public Property Multiply_AnyShape_EqualsMatmul() => Prop.ForAll(
        ArbMap.Default.GeneratorFor<int>().Four().Select(n => (Rows: 1 + (Math.Abs(n.Item1 % 100)), Blocks: 1 + Math.Abs(n.Item2 % 20), Steps: 1 + Math.Abs(n.Item3 % 12), Seed: n.Item4)).ToArbitrary(),
        shape =>
        {
            foreach (var dtype in (ScalarType[])[ScalarType.Float32, ScalarType.BFloat16])
            {
                foreach (var isApart in (bool[])[false, true])
                {
                    Check(shape.Rows, 16 * shape.Blocks, (isApart ? 32 : 16) * shape.Steps, dtype, isApart, (ulong)(uint)shape.Seed);
                }
            }
        });

    [Fact]
    public void Gelu_ManyNumbers_StaysNearFloat64()
    {
        for (var x = -12f; x <= 12; x += 0.0037f)
        {
            var exact = x * 0.5 * Erfc(-x / Math.Sqrt(2));
            Assert.InRange(Exponential.Gelu(Vector512.Create(x))[3] - exact, -1e-6, 1e-6);
            Assert.InRange(Exponential.CoarseGelu(Vector512.Create(x))[3] - exact, -3e-4, 3e-4);
            Assert.InRange((Exponential.CoarseSilu(Vector512.Create(x))[3] * (1 + Math.Exp(-x)) / x) - 1, -2e-4, 2e-4);
        }
    }

    [Fact]
    public void PowerOfTwo_ManyNumbers_StaysNearFloat64()
    {
        for (var x = -125f; x <= 20; x += 0.013f)
        {
            Assert.InRange((Exponential.PowerOfTwo(Vector512.Create(x))[0] / Math.Pow(2, x)) - 1, -3e-7, 3e-7);
            Assert.InRange((Exponential.CoarsePowerOfTwo(Vector512.Create(x))[0] / Math.Pow(2, x)) - 1, -6e-5, 6e-5);
        }
    }

    [Fact]
    public void Functions_AtTheEnds_AreWhatTheyTendTo()
    {
        foreach (Func<Vector512<float>, Vector512<float>> power in (Func<Vector512<float>, Vector512<float>>[])[Exponential.PowerOfTwo, Exponential.CoarsePowerOfTwo])
        {
            Assert.Equal(0, Value(power, float.NegativeInfinity));
            Assert.Equal(0, Value(power, -1e30f));
            Assert.Equal(1, Value(power, 0));
            Assert.True(float.IsNaN(Value(power, float.NaN)));
        }

        foreach (Func<Vector512<float>, Vector512<float>> function in (Func<Vector512<float>, Vector512<float>>[])[Exponential.Gelu, Exponential.CoarseGelu, Exponential.CoarseSilu])
        {
            Assert.Equal(1000, Value(function, 1000), 0.1f);
            Assert.Equal(0, Value(function, -1000), 1e-5f);
            Assert.Equal(0, Value(function, 0));
            Assert.True(float.IsNaN(Value(function, float.NaN)));
        }

        static float Value(Func<Vector512<float>, Vector512<float>> function, float x) => function(Vector512.Create(x))[7];
    }

    private static void Check(int rows, int outCount, int inCount, ScalarType dtype, bool isApart, ulong seed)
    {
        using var scope = NewDisposeScope();
        var generator = new Generator(seed);
        var input = randn([rows, inCount], generator: generator).to(dtype);
        using var layer = new PackedConvolution(randn([outCount, inCount], generator: generator), randn([outCount], generator: generator), dtype);
        using var tiled = new TiledLinear(layer, isApart);
        var before = randn([rows, outCount], generator: generator);
        var (set, added) = (before.clone(), before.clone());
        // What comes sixteen apart: number i of a period's first half beside number i of its second.
        var given = isApart && dtype == ScalarType.BFloat16 ? input.reshape(rows, -1, 2, 16).transpose(2, 3).reshape(rows, inCount).contiguous() : input;
        if (dtype == ScalarType.BFloat16)
        {
            Multiply<Simd512BFloat16>();
        }
        else
        {
            Multiply<Simd512Float32>();
        }

        var expected = input.to(ScalarType.Float64).matmul(layer.Weight.flatten(1).to(ScalarType.Float64).t());
        var tolerance = 2e-6 * inCount;
        TensorAssert.Close(expected.to(ScalarType.Float32), set, tolerance, $"{rows} × {inCount} × {outCount} {dtype}");
        TensorAssert.Close((before.to(ScalarType.Float64) + expected).to(ScalarType.Float32), added, tolerance, $"{rows} × {inCount} × {outCount} {dtype} added");

        void Multiply<TSimd>()
            where TSimd : ISimd<Vector512<float>>
        {
            var matrix = tiled.Matrix;
            for (var block = 0; block < outCount / matrix.BlockWidth; block++)
            {
                var column = block * matrix.BlockWidth;
                matrix.Multiply<TSimd>(block, (byte*)OneDnn.Address(given), inCount, rows, (float*)OneDnn.Address(set) + column, outCount, adds: false);
                matrix.MultiplyPart<TSimd>(block, 0, inCount, (byte*)OneDnn.Address(given), inCount, rows, (float*)OneDnn.Address(added) + column, outCount);
            }

            TileProduct.Release();
        }
    }

    // By its continued fraction for large arguments and by its series for small ones.
    private static double Erfc(double x)
    {
        if (x < 0)
        {
            return 2 - Erfc(-x);
        }

        if (x < 2.5)
        {
            double term = x, sum = x;
            for (var n = 1; n < 80; n++)
            {
                term *= -x * x / n;
                sum += term / ((2 * n) + 1);
            }

            return 1 - (2 / Math.Sqrt(Math.PI) * sum);
        }

        var fraction = x;
        for (var n = 60; n > 0; n--)
        {
            fraction = x + (n / 2.0 / fraction);
        }

        return Math.Exp(-x * x) / Math.Sqrt(Math.PI) / fraction;
    }
}
