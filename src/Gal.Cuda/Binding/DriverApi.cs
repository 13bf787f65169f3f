using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ManagedCuda.BasicTypes;

namespace ManagedCuda;

/// <summary>The entry points of the CUDA driver that Gal needs, by their exported, versioned names.</summary>
internal static unsafe partial class DriverApi
{
    private const string Library = "cuda";

    private static readonly string[] FileNames = OperatingSystem.IsWindows() ? ["nvcuda.dll"] : ["libcuda.so.1", "libcuda.so"];

    /// <summary>Throws where a call failed; <paramref name="call"/> is its text.</summary>
    public static void Check(this CUResult result, [CallerArgumentExpression(nameof(result))] string call = "")
    {
        if (result != CUResult.Success)
        {
            var inner = new CudaException(result);
            throw new CudaException(result, $"{call.Split('(')[0].Replace("DriverApi.", string.Empty, StringComparison.Ordinal)}: {inner.Message}", inner);
        }
    }

#pragma warning disable CA2255 // The library's name differs between systems, and every call needs it found.
    [ModuleInitializer]
    internal static void FindLibrary() => NativeLibrary.SetDllImportResolver(typeof(DriverApi).Assembly, (name, _, _) => name == Library ? Load() : 0);
#pragma warning restore CA2255

    private static nint Load()
    {
        foreach (var name in FileNames)
        {
            if (NativeLibrary.TryLoad(name, out var handle))
            {
                return handle;
            }
        }

        throw new DllNotFoundException($"None of {string.Join(", ", FileNames)} can be loaded.");
    }

    [LibraryImport(Library)]
    public static partial CUResult cuInit(uint flags);

    [LibraryImport(Library)]
    public static partial CUResult cuDriverGetVersion(out int version);

    [LibraryImport(Library)]
    public static partial CUResult cuGetErrorName(CUResult error, out nint text);

    [LibraryImport(Library)]
    public static partial CUResult cuGetErrorString(CUResult error, out nint text);

    [LibraryImport(Library)]
    public static partial CUResult cuDeviceGetCount(out int count);

    [LibraryImport(Library)]
    public static partial CUResult cuDeviceGet(out CUdevice device, int ordinal);

    [LibraryImport(Library)]
    public static partial CUResult cuDeviceGetName(byte* name, int length, CUdevice device);

    [LibraryImport(Library)]
    public static partial CUResult cuDeviceGetAttribute(out int value, int attribute, CUdevice device);

    [LibraryImport(Library)]
    public static partial CUResult cuDeviceTotalMem_v2(out SizeT bytes, CUdevice device);

    [LibraryImport(Library)]
    public static partial CUResult cuDevicePrimaryCtxRetain(out CUcontext context, CUdevice device);

    [LibraryImport(Library)]
    public static partial CUResult cuDevicePrimaryCtxRelease_v2(CUdevice device);

    [LibraryImport(Library)]
    public static partial CUResult cuCtxSetCurrent(CUcontext context);

    [LibraryImport(Library)]
    public static partial CUResult cuCtxGetCurrent(out CUcontext context);

    [LibraryImport(Library)]
    public static partial CUResult cuCtxSynchronize();

    [LibraryImport(Library)]
    public static partial CUResult cuModuleLoadDataEx(out CUmodule module, byte* image, uint optionCount, int* options, void** values);

    [LibraryImport(Library)]
    public static partial CUResult cuModuleUnload(CUmodule module);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial CUResult cuModuleGetFunction(out CUfunction function, CUmodule module, string name);

    [LibraryImport(Library)]
    public static partial CUResult cuLaunchKernel(CUfunction function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ, uint sharedBytes, CUstream stream, void** arguments, void** extra);

    [LibraryImport(Library)]
    public static partial CUResult cuMemAlloc_v2(out CUdeviceptr address, SizeT bytes);

    [LibraryImport(Library)]
    public static partial CUResult cuMemFree_v2(CUdeviceptr address);

    [LibraryImport(Library)]
    public static partial CUResult cuMemcpyHtoD_v2(CUdeviceptr destination, void* source, SizeT bytes);

    [LibraryImport(Library)]
    public static partial CUResult cuMemcpyDtoH_v2(void* destination, CUdeviceptr source, SizeT bytes);

    [LibraryImport(Library)]
    public static partial CUResult cuMemsetD8_v2(CUdeviceptr address, byte value, SizeT bytes);

    [LibraryImport(Library)]
    public static partial CUResult cuEventCreate(out CUevent moment, uint flags);

    [LibraryImport(Library)]
    public static partial CUResult cuEventDestroy_v2(CUevent moment);

    [LibraryImport(Library)]
    public static partial CUResult cuEventRecord(CUevent moment, CUstream stream);

    [LibraryImport(Library)]
    public static partial CUResult cuEventSynchronize(CUevent moment);

    [LibraryImport(Library)]
    public static partial CUResult cuEventElapsedTime(out float milliseconds, CUevent start, CUevent end);
}
