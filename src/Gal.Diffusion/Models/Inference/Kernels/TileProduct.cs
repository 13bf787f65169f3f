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

    /// <summary>Whether the products can be used: by this libtorch, on this processor, with nothing in the environment that holds oneDNN to older instructions.</summary>
    public static bool IsAvailable { get; } =
        Float32Function != 0 && BFloat16Function != 0 && ReleaseFunction != 0
        && Avx512BW.IsSupported && Avx512DQ.IsSupported && Avx512BW.VL.IsSupported
        && Array.TrueForAll(["ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"], name => string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name)));

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

    private static nint Find(string name) =>
        NativeLibrary.TryLoad("torch_cpu", Assembly.GetExecutingAssembly(), null, out var library) && NativeLibrary.TryGetExport(library, name, out var address) ? address : 0;
}
