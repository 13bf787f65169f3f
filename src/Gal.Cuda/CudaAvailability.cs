using ManagedCuda;
using ManagedCuda.BasicTypes;

namespace Gal.Cuda;

/// <summary>Turns what the driver, or its absence, says at the start into one sentence with a remedy.</summary>
internal static class CudaAvailability
{
    /// <exception cref="CudaUnavailableException">There is no card of that number.</exception>
    public static void RequireDevice(int deviceIndex)
    {
        var count = CudaContext.GetDeviceCount();
        if (deviceIndex >= count)
        {
            throw new CudaUnavailableException(CudaUnavailableReason.NoDevice, $"There is no CUDA card {deviceIndex}: the driver sees {count}. Look at what nvidia-smi lists, and at CUDA_VISIBLE_DEVICES.", null);
        }
    }

    /// <summary>Runs what opens a card.</summary>
    /// <exception cref="CudaUnavailableException">It failed, for whichever reason.</exception>
    public static T Translate<T>(Func<T> open)
    {
        try
        {
            return open();
        }
        catch (Exception e) when (MissingLibrary(e) is { } missing)
        {
            throw new CudaUnavailableException(CudaUnavailableReason.NoDriver, $"There is no CUDA driver: {missing.Message.TrimEnd('.')}. Install NVIDIA's driver, or run in a container that was started with access to the cards.", e);
        }
        catch (CudaException e)
        {
            var (reason, remedy) = Explain(e.CudaError);
            throw new CudaUnavailableException(reason, $"The CUDA kernels cannot be used: {e.Message.TrimEnd('.')}. {remedy}", e);
        }
    }

    private static (CudaUnavailableReason Reason, string Remedy) Explain(CUResult error) => error switch
    {
        CUResult.ErrorNoDevice or CUResult.ErrorInvalidDevice =>
            (CudaUnavailableReason.NoDevice, "Look at what nvidia-smi lists, and at CUDA_VISIBLE_DEVICES."),
        CUResult.ErrorStubLibrary =>
            (CudaUnavailableReason.NoDriver, "The library found is the toolkit's stub: put the driver's own before it on the library path."),
        CUResult.ErrorInvalidPtx or CUResult.ErrorUnsupportedPTXVersion or CUResult.ErrorNoBinaryForGPU or CUResult.ErrorNotFound =>
            (CudaUnavailableReason.KernelsRefused, "They need a card of compute capability 8.0 (Ampere) or newer and a driver for CUDA 11 or newer."),
        CUResult.ErrorOutOfMemory =>
            (CudaUnavailableReason.DriverFailed, "Free memory on the card: nvidia-smi shows who holds it."),
        CUResult.ErrorSystemDriverMismatch =>
            (CudaUnavailableReason.DriverFailed, "The driver was updated under the running system: restart the machine."),
        _ => (CudaUnavailableReason.DriverFailed, "nvidia-smi and the system log say more."),
    };

    private static Exception? MissingLibrary(Exception? e)
    {
        for (; e is not null; e = e.InnerException)
        {
            if (e is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
            {
                return e;
            }
        }

        return null;
    }
}
