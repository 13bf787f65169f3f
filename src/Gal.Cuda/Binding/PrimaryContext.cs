namespace ManagedCuda;

/// <summary>The context that a device's users share, torch among them: tensors of torch and kernels of Gal see the same memory.</summary>
/// <param name="deviceId">The device's number.</param>
public sealed class PrimaryContext(int deviceId) : CudaContext(deviceId);
