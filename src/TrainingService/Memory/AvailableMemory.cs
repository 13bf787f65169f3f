using System.Globalization;
using Gal.Cuda;
using Gal.Diffusion.Runtime;

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
        var machine = FindFree() is { } free ? free + own : long.MaxValue;

        // A container's limit, where there is one.
        return Math.Min(machine, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
    }

    // Linux alone says what programs can have without swapping.
    private static long? FindFree() => !File.Exists("/proc/meminfo") ? null
        : File.ReadLines("/proc/meminfo").FirstOrDefault(line => line.StartsWith("MemAvailable:", StringComparison.Ordinal)) is { } line
            && long.TryParse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], NumberStyles.None, CultureInfo.InvariantCulture, out var kibibytes) ? kibibytes << 10 : null;
}
