using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using ManagedCuda.BasicTypes;

namespace Gal.Cuda.Tests.FakeDriver;

/// <summary>The stand-in driver (tests/native/fake_driver.cpp): runs the kernels in the emulator, and fails where it is told to.</summary>
internal sealed unsafe class FakeCuda : IDisposable
{
    // Loaded by its path, it is found again under its shared-object name, libcuda.so.1, which is the real driver's.
    private static readonly nint Library = NativeLibrary.Load(
        typeof(FakeCuda).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "FakeDriverPath").Value!);

    private readonly ScoringKernels? _kernels;

    private FakeCuda(ScoringKernels? kernels) => _kernels = kernels;

    public ScoringKernels Kernels => _kernels!;

    /// <summary>Blocks of device memory that nobody has freed.</summary>
    public static int AllocationCount => ((delegate* unmanaged<int>)Export("gal_fake_allocation_count"))();

    /// <summary>Bytes copied from the host to device memory so far.</summary>
    public static long UploadedBytes => ((delegate* unmanaged<long>)Export("gal_fake_uploaded_bytes"))();

    public static string LastKernel
    {
        get
        {
            var name = stackalloc byte[128];
            ((delegate* unmanaged<byte*, int, void>)Export("gal_fake_last_kernel"))(name, 128);
            return Marshal.PtrToStringUTF8((nint)name)!;
        }
    }

    /// <summary>Opens the kernels on it.</summary>
    public static FakeCuda Open()
    {
        Reset();
        return new FakeCuda(ScoringKernels.Open());
    }

    /// <summary>Loads it and forgets injected faults.</summary>
    public static void Reset() => ((delegate* unmanaged<void>)Export("gal_fake_reset"))();

    /// <summary>Lets a call fail after it has succeeded some times. Errors from 700 on lose the context.</summary>
    public static void Fail(string call, CUResult result, int callsBefore = 0)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(call + "\0"))
        {
            ((delegate* unmanaged<byte*, int, int, void>)Export("gal_fake_fail"))(name, (int)result, callsBefore);
        }
    }

    public void Dispose()
    {
        Reset();
        _kernels?.Dispose();
    }

    private static nint Export(string name) => NativeLibrary.GetExport(Library, name);
}
