using ManagedCuda;

namespace Gal.Cuda;

/// <summary>What the driver says of a card.</summary>
/// <param name="Name">The card's own name.</param>
/// <param name="ComputeCapability">For example 8.0.</param>
/// <param name="MemoryBytes">All of its memory.</param>
public sealed record CudaCard(string Name, Version ComputeCapability, long MemoryBytes)
{
    /// <summary>Asks the driver.</summary>
    /// <param name="deviceIndex">The card's number.</param>
    /// <exception cref="CudaUnavailableException">There is no driver or no such card.</exception>
    public static CudaCard Describe(int deviceIndex) => CudaAvailability.Translate(() =>
    {
        CudaAvailability.RequireDevice(deviceIndex);
        using var context = new PrimaryContext(deviceIndex);
        return new CudaCard(context.GetDeviceName(), context.GetDeviceComputeCapability(), (long)context.GetTotalDeviceMemorySize());
    });
}
