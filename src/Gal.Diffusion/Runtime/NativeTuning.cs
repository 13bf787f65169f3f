using System.Runtime.InteropServices;

namespace Gal.Diffusion.Runtime;

/// <summary>Settings of the C library and of libtorch that its C# binding does not reach. Each is left as it is where the function is missing.</summary>
internal static unsafe class NativeTuning
{
    private const int TrimThreshold = -1; // M_TRIM_THRESHOLD
    private const int MapThreshold = -3;  // M_MMAP_THRESHOLD

    /// <summary>
    /// Lets freed activations stay in the process: otherwise each large tensor is mapped and unmapped anew, and a fifth of a large forward is page faults.
    /// 32 MiB is the largest threshold that glibc takes.
    /// </summary>
    public static void KeepFreedMemory()
    {
        if (OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out var library) && NativeLibrary.TryGetExport(library, "mallopt", out var address))
        {
            var mallopt = (delegate* unmanaged<int, int, int>)address;
            _ = mallopt(MapThreshold, 32 << 20);
            _ = mallopt(TrimThreshold, 1 << 30);
        }
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
