using System.Reflection;
using TorchSharp;

namespace Gal.Diffusion.Runtime;

/// <summary>Loads libtorch once for the process. Nothing of TorchSharp may be touched before <see cref="EnsureLoaded"/>.</summary>
public static class TorchRuntime
{
    private static readonly Lazy<TorchRuntimeInfo> Loaded = new(Load);

    /// <summary>Loads the native libraries on the first call, and says what was loaded. Safe to call from any thread, any number of times.</summary>
    /// <exception cref="TorchRuntimeException">They are absent or do not fit this system; the same exception each time.</exception>
    public static TorchRuntimeInfo EnsureLoaded() => Loaded.Value with { ThreadCount = torch.get_num_threads() };

    private static TorchRuntimeInfo Load()
    {
        NativeTuning.KeepFreedMemory();
        var binding = TorchLibraries.Load();
        try
        {
            torch.InitializeDeviceType(DeviceType.CPU);
        }
        catch (Exception exception) when (exception is NotSupportedException or DllNotFoundException or TypeInitializationException)
        {
            throw new TorchRuntimeException($"TorchSharp does not start: {exception.Message}", exception);
        }
        NativeTuning.DisableNnpack();
        var (hasCuda, explanation) = LookForCuda();
        return new TorchRuntimeInfo(binding.Path, Version(), binding.IsPatched, hasCuda, explanation, Processor.Name, Processor.InstructionSet, Processor.HasBf16Instructions, torch.get_num_threads());
    }

    private static (bool IsAvailable, string Explanation) LookForCuda()
    {
        if (TorchLibraries.Find("libtorch_cuda.so") is null)
        {
            return (false, "No CUDA: this build has libtorch for the CPU only (build with -p:Gpu=true for the other).");
        }
        return torch.TryInitializeDeviceType(DeviceType.CUDA) && torch.cuda.is_available()
            ? (true, $"CUDA with {torch.cuda.device_count()} device(s).")
            : (false, "No CUDA: libtorch for CUDA is here, but no usable device or driver was found.");
    }

    private static string Version() =>
        typeof(torch).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";
}
