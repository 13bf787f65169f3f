using Gal.Cuda;
using Gal.Diffusion.Runtime;
using Gal.Hosting;

namespace Gal.Training.Memory;

/// <summary>The memory that a training can have.</summary>
internal static class AvailableMemory
{
    /// <summary>Of a device, in bytes: of a card all of its memory, since what is on it belongs to this process as a rule.</summary>
    /// <param name="device">"cpu" or "cuda:N".</param>
    public static long Of(string device) => ComputeDevice.CardIndex(device) is { } index ? CudaCard.Describe(index).MemoryBytes : Measure();

    /// <summary>Of the processor: what the machine, or the container, has free, and what this process holds, since one training ends before the next begins. In bytes.</summary>
    public static long Measure()
    {
        var own = Environment.WorkingSet;
        var machine = MachineMemory.FindFree() is { } free ? free + own : long.MaxValue;

        // A container's limit, where there is one.
        return Math.Min(machine, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
    }
}
