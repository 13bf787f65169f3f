using System.Runtime.InteropServices;
using System.Text;
using ManagedCuda.BasicTypes;

namespace ManagedCuda;

/// <summary>A context on a device.</summary>
public abstract unsafe class CudaContext : IDisposable
{
    private const int LogBytes = 8192;
    private const int ErrorLogBuffer = 5;
    private const int ErrorLogBufferSizeBytes = 6;

    private readonly PrimaryContextHandle _handle;
    private readonly CUdevice _device;

    private protected CudaContext(int deviceId)
    {
        if (GetDeviceCount() == 0)
        {
            throw new CudaException(CUResult.ErrorNoDevice);
        }

        DriverApi.cuDeviceGet(out _device, deviceId).Check();
        _handle = new PrimaryContextHandle(_device);
        DeviceId = deviceId;
    }

    /// <summary>The device's number.</summary>
    public int DeviceId { get; }

    /// <summary>Devices that the driver sees.</summary>
    public static int GetDeviceCount()
    {
        DriverApi.cuInit(0).Check();
        DriverApi.cuDeviceGetCount(out var count).Check();
        return count;
    }

    /// <summary>The newest CUDA that the driver supports.</summary>
    public static Version GetDriverVersion()
    {
        DriverApi.cuDriverGetVersion(out var version).Check();
        return new Version(version / 1000, version % 1000 / 10);
    }

    /// <summary>The device's own name.</summary>
    public string GetDeviceName()
    {
        var name = stackalloc byte[256];
        DriverApi.cuDeviceGetName(name, 256, _device).Check();
        return Marshal.PtrToStringUTF8((nint)name) ?? string.Empty;
    }

    /// <summary>For example 8.0.</summary>
    public Version GetDeviceComputeCapability()
    {
        // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR and _MINOR.
        DriverApi.cuDeviceGetAttribute(out var major, 75, _device).Check();
        DriverApi.cuDeviceGetAttribute(out var minor, 76, _device).Check();
        return new Version(major, minor);
    }

    /// <summary>The device's memory in bytes, in use or not.</summary>
    public SizeT GetTotalDeviceMemorySize()
    {
        DriverApi.cuDeviceTotalMem_v2(out var bytes, _device).Check();
        return bytes;
    }

    /// <summary>Makes the context this thread's own. A context is current a thread: call it on each that launches.</summary>
    public void SetCurrent()
    {
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        DriverApi.cuCtxSetCurrent(_handle.Context).Check();
    }

    /// <summary>Waits for everything launched so far, and reports its errors.</summary>
    public void Synchronize()
    {
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        DriverApi.cuCtxSynchronize().Check();
    }

    /// <summary>Compiles PTX for the device.</summary>
    /// <param name="moduleImage">PTX text, without a final zero.</param>
    /// <exception cref="CudaException">It does not compile; the message has the compiler's log.</exception>
    public CUmodule LoadModulePTX(byte[] moduleImage)
    {
        ArgumentNullException.ThrowIfNull(moduleImage);
        byte[] image = [.. moduleImage, 0];
        var log = new byte[LogBytes];
        fixed (byte* text = image, logStart = log)
        {
            var options = stackalloc int[] { ErrorLogBuffer, ErrorLogBufferSizeBytes };
            var values = stackalloc void*[] { logStart, (void*)(nint)LogBytes };
            var result = DriverApi.cuModuleLoadDataEx(out var module, text, 2, options, values);
            if (result == CUResult.Success)
            {
                return module;
            }

            var words = Encoding.UTF8.GetString(log.AsSpan(0, Math.Max(0, Array.IndexOf(log, (byte)0)))).Trim();
            var inner = new CudaException(result);
            throw new CudaException(result, $"The driver does not compile the PTX: {inner.Message}.{(words.Length == 0 ? string.Empty : $" Its log: {words}")}", inner);
        }
    }

    /// <summary>Frees a module.</summary>
    public void UnloadModule(CUmodule aModule)
    {
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        DriverApi.cuModuleUnload(aModule).Check();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the context back.</summary>
    protected virtual void Dispose(bool fDisposing) => _handle.Dispose();
}
