using System.Runtime.InteropServices;
using ManagedCuda.BasicTypes;

namespace ManagedCuda;

/// <summary>Owns a retained primary context.</summary>
internal sealed class PrimaryContextHandle : SafeHandle
{
    private readonly CUdevice _device;

    public PrimaryContextHandle(CUdevice device)
        : base(0, ownsHandle: true)
    {
        _device = device;
        DriverApi.cuDevicePrimaryCtxRetain(out var context, device).Check();
        SetHandle(context.Pointer);
    }

    public CUcontext Context => new() { Pointer = handle };

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle() => DriverApi.cuDevicePrimaryCtxRelease_v2(_device) == CUResult.Success;
}

/// <summary>Owns device memory. It may be freed by the finalizer's thread, on which no context is current: so it keeps its own.</summary>
internal sealed class DeviceMemoryHandle : SafeHandle
{
    private readonly CUcontext _context;

    public DeviceMemoryHandle(SizeT bytes)
        : base(0, ownsHandle: true)
    {
        DriverApi.cuCtxGetCurrent(out _context).Check();
        DriverApi.cuMemAlloc_v2(out var address, bytes).Check();
        SetHandle((nint)(ulong)address.Pointer);
    }

    public CUdeviceptr Address => new((ulong)handle);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle() =>
        DriverApi.cuCtxSetCurrent(_context) == CUResult.Success && DriverApi.cuMemFree_v2(Address) == CUResult.Success;
}

/// <summary>Owns an event.</summary>
internal sealed class EventHandle : SafeHandle
{
    public EventHandle()
        : base(0, ownsHandle: true)
    {
        DriverApi.cuEventCreate(out var moment, 0).Check();
        SetHandle(moment.Pointer);
    }

    public CUevent Event => new() { Pointer = handle };

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle() => DriverApi.cuEventDestroy_v2(Event) == CUResult.Success;
}
