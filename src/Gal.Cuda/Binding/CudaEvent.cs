using ManagedCuda.BasicTypes;

namespace ManagedCuda;

/// <summary>A moment on a stream, to measure time between two of them.</summary>
public sealed class CudaEvent : IDisposable
{
    private readonly EventHandle _handle = new();

    /// <summary>Records it on the default stream.</summary>
    public void Record() => DriverApi.cuEventRecord(_handle.Event, CUstream.NullStream).Check();

    /// <summary>Waits until it has passed.</summary>
    public void Synchronize() => DriverApi.cuEventSynchronize(_handle.Event).Check();

    /// <summary>Milliseconds between two of them.</summary>
    public static float ElapsedTime(CudaEvent eventStart, CudaEvent eventEnd)
    {
        ArgumentNullException.ThrowIfNull(eventStart);
        ArgumentNullException.ThrowIfNull(eventEnd);
        DriverApi.cuEventElapsedTime(out var milliseconds, eventStart._handle.Event, eventEnd._handle.Event).Check();
        return milliseconds;
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
