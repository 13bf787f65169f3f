using System.Globalization;

namespace Gal.Hosting;

/// <summary>What the machine has for programs.</summary>
public static class MachineMemory
{
    private const string Name = "MemAvailable:";

    /// <summary>Bytes that programs can have without swapping; null where the system does not say. Linux alone does.</summary>
    public static long? FindFree() => !File.Exists("/proc/meminfo") ? null
        : File.ReadLines("/proc/meminfo").FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal)) is { } line
            && long.TryParse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], NumberStyles.None, CultureInfo.InvariantCulture, out var kibibytes) ? kibibytes << 10 : null;
}
