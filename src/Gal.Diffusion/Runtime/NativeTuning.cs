using System.Runtime.InteropServices;

namespace Gal.Diffusion.Runtime;

/// <summary>Settings of the C library and of libtorch that its C# binding does not reach. Each is left as it is where the function is missing.</summary>
internal static unsafe class NativeTuning
{
    private const int TrimThreshold = -1; // M_TRIM_THRESHOLD
    private const int MapCount = -4;      // M_MMAP_MAX
    private const int ArenaCount = -8;    // M_ARENA_MAX

    /// <summary>
    /// Lets freed activations stay in the process: otherwise each large tensor is mapped and unmapped anew, and up to half of a large forward is page faults
    /// (0.57 s instead of 1.06 s for the shipped UNet at a batch of 128 on a virtual machine with two threads). The heap gives back what is free at its end above 1 GiB.
    /// </summary>
    public static void KeepFreedMemory()
    {
        if (OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out var library) && NativeLibrary.TryGetExport(library, "mallopt", out var address))
        {
            var mallopt = (delegate* unmanaged<int, int, int>)address;
            _ = mallopt(MapCount, 0);
            _ = mallopt(ArenaCount, 1);
            _ = mallopt(TrimThreshold, 1 << 30);
        }
    }

    /// <summary>
    /// Gives back the whole pages that are free within the heap, for work of another kind than what was done: its larger tensors do not fit the free stretches, and the heap
    /// would grow by all of them. What is used again costs its page faults once more.
    /// </summary>
    public static void GiveBackFreedMemory()
    {
        if (OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out var library) && NativeLibrary.TryGetExport(library, "malloc_trim", out var trim))
        {
            _ = ((delegate* unmanaged<nuint, int>)trim)(0);
        }
    }

    /// <summary>
    /// Whether the calling thread's memory comes from the program's one heap, which keeps what is freed. glibc gives most threads an arena of their own, made of
    /// pieces of 64 MiB that are unmapped as soon as they are empty: half of <see cref="KeepFreedMemory"/> is lost there. True where this cannot be told.
    /// </summary>
    public static bool IsOnMainHeap()
    {
        if (!OperatingSystem.IsLinux() || !NativeLibrary.TryLoad("libc.so.6", out var library) || !NativeLibrary.TryGetExport(library, "sbrk", out var sbrk))
        {
            return true;
        }

        // More than a thread's own cache holds, so that the arena is asked. The main heap ends at the program's break, and the arenas lie far above it.
        var probe = NativeMemory.Alloc(256 << 10);
        var isBelowBreak = (nint)probe < ((delegate* unmanaged<nint, nint>)sbrk)(0);
        NativeMemory.Free(probe);
        return isBelowBreak;
    }

    /// <summary>Switches NNPACK off: where it does not know the processor it only prints a warning at every convolution.</summary>
    public static void DisableNnpack()
    {
        // at::globalContext() and at::Context::setUserEnabledNNPACK(bool).
        if (TorchLibraries.Find("libtorch_cpu.so") is { } path && NativeLibrary.TryLoad(path, out var library)
            && NativeLibrary.TryGetExport(library, "_ZN2at13globalContextEv", out var globalContext)
            && NativeLibrary.TryGetExport(library, "_ZN2at7Context20setUserEnabledNNPACKEb", out var setUserEnabled))
        {
            ((delegate* unmanaged<nint, byte, void>)setUserEnabled)(((delegate* unmanaged<nint>)globalContext)(), 0);
        }
    }
}
