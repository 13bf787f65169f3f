using System.Globalization;

namespace Gal.Training.Memory;

/// <summary>The memory that this process can have: what the machine, or the container, has free, and what the process holds, since one training ends before the next begins.</summary>
internal static class AvailableMemory
{
    /// <summary>In bytes.</summary>
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
