using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Gal.Diffusion.Models.Inference.Kernels;

/// <summary>
/// Products of small matrices that lie in the cache, with sums in float32: oneDNN's micro-kernels (brgemm), which libtorch_cpu exports for its own compiled models.
/// They give a kernel written here what the runtime has no instruction for: products of bfloat16 numbers. A call costs less than a tenth of a microsecond.
/// </summary>
/// <remarks>
/// The second factor is in words of four bytes: one float32, or two bfloat16 that follow one another in the first factor's rows.
/// So [in, out] is stored as [in / NumbersAWord, out] words, which is [out, in] with its words turned over.
/// The functions are C++ ones under their mangled names, looked up once; where a build of libtorch lacks them, nothing here is available.
/// </remarks>
internal static unsafe class TileProduct
{
    /// <summary>Bytes of a word.</summary>
    public const int WordSize = 4;

    private static readonly nint Float32Function = Find("_ZN2at6native7cpublas6brgemmEllllllbPKfS3_Pfb");
    private static readonly nint BFloat16Function = Find("_ZN2at6native7cpublas6brgemmEllllllbPKN3c108BFloat16ES5_Pfb");
    private static readonly nint ReleaseFunction = Find("_ZN2at6native7cpublas14brgemm_releaseEb");

    // Rows, columns, depth and the second factor's stride of products that are tried before the first is trusted: the forms that a kernel uses.
    private static readonly (int Rows, int Columns, int Depth, int Stride)[] Trials = [(64, 64, 64, 64), (5, 16, 32, 16), (32, 96, 16, 96), (32, 256, 16, 256), (32, 16, 256, 16), (3, 32, 48, 64)];

    private static readonly Lazy<bool> Available = new(Probe);

    /// <summary>Whether the products can be used: by this libtorch, on this processor, with nothing in the environment that holds oneDNN to older instructions; and whether they come out right.</summary>
    public static bool IsAvailable => Available.Value;

    /// <summary>Numbers in a word of the storage format of <typeparamref name="TSimd"/>.</summary>
    public static int NumbersAWord<TSimd>()
        where TSimd : IStorage => WordSize / TSimd.ElementSize;

    /// <summary>C ← A B, or C ← C + A B.</summary>
    /// <param name="rows">Rows of A and C.</param>
    /// <param name="columns">Columns of B and C.</param>
    /// <param name="depth">Columns of A; a multiple of the numbers a word.</param>
    /// <param name="a">In the storage format.</param>
    /// <param name="aStride">Elements from one row of A to the next.</param>
    /// <param name="b">Words: [depth / numbers a word, columns].</param>
    /// <param name="bStride">Words from one row of B to the next.</param>
    /// <param name="c">float32.</param>
    /// <param name="cStride">Elements from one row of C to the next.</param>
    /// <param name="adds">Whether C is added to.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Multiply<TSimd>(int rows, int columns, int depth, void* a, int aStride, void* b, int bStride, float* c, int cStride, bool adds)
        where TSimd : IStorage
    {
        var isHalf = TSimd.ElementSize == sizeof(ushort);
        var function = (delegate* unmanaged[Cdecl]<long, long, long, long, long, long, byte, void*, void*, float*, byte, void>)(isHalf ? BFloat16Function : Float32Function);
        function(rows, columns, depth, aStride, bStride, cStride, adds ? (byte)1 : (byte)0, a, b, c, isHalf ? (byte)1 : (byte)0);
    }

    /// <summary>Gives back what the last products of this thread hold of the processor (its tile registers, where it has some). To be called when a thread's share of a kernel is done.</summary>
    public static void Release() => ((delegate* unmanaged[Cdecl]<byte, void>)ReleaseFunction)(1);

    // The functions throw, which would end the process, where oneDNN finds or is told to use older instructions; and no two kinds of processor run the same code.
    private static bool Probe() =>
        Float32Function != 0 && BFloat16Function != 0 && ReleaseFunction != 0
        && Avx512BW.IsSupported && Avx512DQ.IsSupported && Avx512BW.VL.IsSupported
        && Array.TrueForAll(["ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"], name => string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name)))
        && Array.TrueForAll(Trials, trial => IsRight<Simd512Float32>(trial.Rows, trial.Columns, trial.Depth, trial.Stride) && IsRight<Simd512BFloat16>(trial.Rows, trial.Columns, trial.Depth, trial.Stride));

    // With small whole numbers, which both formats and the sums hold exactly.
    private static bool IsRight<TSimd>(int rows, int columns, int depth, int stride)
        where TSimd : IStorage
    {
        var numbers = NumbersAWord<TSimd>();
        var memory = NativeMemory.AlignedAlloc((nuint)(WordSize * ((rows * depth) + (depth * stride) + (rows * columns))), 64);
        try
        {
            float* sums = (float*)memory, b = sums + (rows * columns), a = b + (depth * stride);
            for (var i = 0; i < rows * depth; i++)
            {
                Put<TSimd>(a, i, Left(i / depth, i % depth));
            }

            for (var i = 0; i < depth * stride; i++)
            {
                // Number k of column j is in word [k / numbers, j].
                var (k, j) = (i / stride, i % stride);
                Put<TSimd>(b, ((((k / numbers) * stride) + j) * numbers) + (k % numbers), Right(k, j));
            }

            Multiply<TSimd>(rows, columns, depth, a, depth, b, stride, sums, columns, adds: false);
            Multiply<TSimd>(rows, columns, depth, a, depth, b, stride, sums, columns, adds: true);
            Release();
            for (var i = 0; i < rows * columns; i++)
            {
                var expected = 0;
                for (var k = 0; k < depth; k++)
                {
                    expected += Left(i / columns, k) * Right(k, i % columns);
                }

                if (sums[i] != 2 * expected)
                {
                    return false;
                }
            }

            return true;
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }

        static int Left(int row, int k) => (((row * 7) + (k * 3)) % 5) - 2;
        static int Right(int k, int column) => (((k * 5) + column) % 7) - 3;
    }

    private static void Put<TSimd>(void* target, int index, float value)
        where TSimd : IStorage
    {
        if (TSimd.ElementSize == sizeof(float))
        {
            ((float*)target)[index] = value;
        }
        else
        {
            ((ushort*)target)[index] = (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16);
        }
    }

    private static nint Find(string name) =>
        NativeLibrary.TryLoad("torch_cpu", Assembly.GetExecutingAssembly(), null, out var library) && NativeLibrary.TryGetExport(library, name, out var address) ? address : 0;
}
