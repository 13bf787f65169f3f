using System.Runtime.InteropServices;
using Gal.Hosting;

namespace Gal.Cli.Doctor;

/// <summary>Looks at the machine: system, memory, disk, terminal.</summary>
internal static class SystemChecks
{
    private const double Gigabyte = 1024 * 1024 * 1024;

    // The default run's peak is below 2.5 GB, and its folder takes about 0.3 GB.
    private const double MemoryNeeded = 3 * Gigabyte;
    private const double DiskNeeded = 1 * Gigabyte;

    /// <summary>Everything that can be seen without loading a library.</summary>
    public static IEnumerable<Finding> Look()
    {
        yield return new("system", "system", false, $"{RuntimeInformation.OSDescription.Trim()}, {RuntimeInformation.OSArchitecture}");
        yield return new("system", ".NET", false, RuntimeInformation.FrameworkDescription);
        yield return Memory();
        yield return Disk("working folder", Directory.GetCurrentDirectory());
        yield return Disk("temporary folder", Path.GetTempPath());
    }

    private static Finding Memory()
    {
        var limit = (double)GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        var free = (double?)MachineMemory.FindFree();
        var isLow = (free ?? limit) < MemoryNeeded;
        return new("system", "memory", isLow, $"{limit / Gigabyte:F1} GB for this process{(free is { } bytes ? $", {bytes / Gigabyte:F1} GB free now" : "")}",
            isLow ? $"The sample runs need about {MemoryNeeded / Gigabyte:F0} GB: end other programs, or lower sampling.batch_size." : "");
    }

    private static Finding Disk(string name, string folder)
    {
        var free = (double)new DriveInfo(folder).AvailableFreeSpace;
        var isLow = free < DiskNeeded;
        return new("system", name, isLow, $"{folder}, {free / Gigabyte:F1} GB free", isLow ? "A run keeps pictures, checkpoints and training states: free at least 1 GB, or choose another folder with --out." : "");
    }
}
