using System.Runtime.CompilerServices;
using ManagedCuda.BasicTypes;

namespace ManagedCuda;

/// <summary>An array in device memory.</summary>
/// <typeparam name="T">What it holds.</typeparam>
public sealed unsafe class CudaDeviceVariable<T> : IDisposable
    where T : unmanaged
{
    private readonly DeviceMemoryHandle _memory;

    /// <summary>Allocates it.</summary>
    /// <param name="size">Elements, at least 1.</param>
    public CudaDeviceVariable(SizeT size)
    {
        Size = size;
        _memory = new DeviceMemoryHandle(SizeInBytes);
    }

    /// <summary>Elements.</summary>
    public SizeT Size { get; }

    /// <summary>Bytes.</summary>
    public SizeT SizeInBytes => checked((long)Size * Unsafe.SizeOf<T>());

    /// <summary>Where it begins.</summary>
    public CUdeviceptr DevicePointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(_memory.IsClosed, this);
            return _memory.Address;
        }
    }

    /// <summary>Copies a whole array to its beginning, and waits.</summary>
    public void CopyToDevice(T[] source)
    {
        fixed (T* start = source)
        {
            DriverApi.cuMemcpyHtoD_v2(DevicePointer, start, BytesOf(source)).Check();
        }
    }

    /// <summary>Waits for what was launched, and fills a whole array from its beginning.</summary>
    public void CopyToHost(T[] dest)
    {
        fixed (T* start = dest)
        {
            DriverApi.cuMemcpyDtoH_v2(start, DevicePointer, BytesOf(dest)).Check();
        }
    }

    /// <summary>Fills it with a byte.</summary>
    public void Memset(byte aValue) => DriverApi.cuMemsetD8_v2(DevicePointer, aValue, SizeInBytes).Check();

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();

    private SizeT BytesOf(T[] array)
    {
        ArgumentNullException.ThrowIfNull(array);
        return array.Length <= (long)Size ? (long)array.Length * Unsafe.SizeOf<T>() : throw new ArgumentException($"The array has {array.Length} elements, the device variable {(long)Size}.", nameof(array));
    }
}
