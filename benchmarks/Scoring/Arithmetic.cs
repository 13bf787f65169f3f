using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gal.Benchmarks.Scoring;

/// <summary>The multiply-adds that all processors together do in a second when nothing else holds them up.</summary>
internal static class Arithmetic
{
    private const int SumCount = 10;
    private const int Steps = 10_000_000;

    /// <summary>float32 multiply-adds, in units of 10⁹ a second.</summary>
    public static double MeasurePeak()
    {
        var samples = new Samples();
        for (var turn = 0; turn < 5; turn++)
        {
            samples.Measure(() => Parallel.For(0, Environment.ProcessorCount, _ => MultiplyAdd(Steps)));
        }

        return (double)Environment.ProcessorCount * Steps * SumCount * Vector512<float>.Count / samples.Median / 1e6;
    }

    // Ten sums hide the latency of the multiply-add in both of a core's units.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float MultiplyAdd(int steps)
    {
        var (x, y) = (Vector512.Create(1.0001f), Vector512.Create(0.5f));
        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default, s8 = default, s9 = default;
        for (; steps > 0; steps--)
        {
            (s0, s1) = (Vector512.FusedMultiplyAdd(x, y, s0), Vector512.FusedMultiplyAdd(x, y, s1));
            (s2, s3) = (Vector512.FusedMultiplyAdd(x, y, s2), Vector512.FusedMultiplyAdd(x, y, s3));
            (s4, s5) = (Vector512.FusedMultiplyAdd(x, y, s4), Vector512.FusedMultiplyAdd(x, y, s5));
            (s6, s7) = (Vector512.FusedMultiplyAdd(x, y, s6), Vector512.FusedMultiplyAdd(x, y, s7));
            (s8, s9) = (Vector512.FusedMultiplyAdd(x, y, s8), Vector512.FusedMultiplyAdd(x, y, s9));
        }

        return Vector512.Sum(s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9);
    }
}
