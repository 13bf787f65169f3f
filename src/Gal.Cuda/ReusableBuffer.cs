using ManagedCuda;

namespace Gal.Cuda;

/// <summary>Device memory that is kept from call to call and only grows, since an allocation costs more than a round's arithmetic.</summary>
internal sealed class ReusableBuffer<T> : IDisposable
    where T : unmanaged
{
    private CudaDeviceVariable<T>? _memory;

    /// <summary>At least <paramref name="count"/> elements, with whatever they hold.</summary>
    public CudaDeviceVariable<T> AtLeast(long count)
    {
        if (_memory is null || (long)_memory.Size < count)
        {
            _memory?.Dispose();
            _memory = null;
            _memory = new CudaDeviceVariable<T>(Math.Max(1, count));
        }

        return _memory;
    }

    public void Dispose() => _memory?.Dispose();
}
