using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace Gal.Diffusion.Runtime;

/// <summary>What this machine's processor is called and can do.</summary>
internal static class Processor
{
    /// <summary>The brand string, or the architecture's name where there is none.</summary>
    public static string Name { get; } = ReadName();

    /// <summary>bf16 arithmetic in hardware: AVX512_BF16 or AMX_BF16.</summary>
    public static bool HasBf16Instructions { get; } = ReadHasBf16();

    /// <summary>The best instruction set that libtorch's kernels choose from.</summary>
    public static string InstructionSet { get; } =
        Avx512F.IsSupported ? HasBf16Instructions ? "AVX-512 with bf16" : "AVX-512"
        : Avx2.IsSupported ? "AVX2"
        : Avx.IsSupported ? "AVX"
        : RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "Arm64"
        : "baseline";

    private static bool ReadHasBf16()
    {
        if (!X86Base.IsSupported || X86Base.CpuId(0, 0).Eax < 7)
        {
            return false;
        }
        var amxBf16 = (X86Base.CpuId(7, 0).Edx >> 22) & 1;
        var avx512Bf16 = Avx512F.IsSupported ? (X86Base.CpuId(7, 1).Eax >> 5) & 1 : 0;
        return (amxBf16 | avx512Bf16) != 0;
    }

    private static string ReadName()
    {
        if (!X86Base.IsSupported)
        {
            return RuntimeInformation.ProcessArchitecture.ToString();
        }
        Span<int> registers = stackalloc int[12];
        for (var leaf = 0; leaf < 3; leaf++)
        {
            var (eax, ebx, ecx, edx) = X86Base.CpuId(unchecked((int)0x80000002) + leaf, 0);
            ((ReadOnlySpan<int>)[eax, ebx, ecx, edx]).CopyTo(registers[(leaf * 4)..]);
        }
        return Encoding.ASCII.GetString(MemoryMarshal.AsBytes(registers)).Trim('\0', ' ');
    }
}
