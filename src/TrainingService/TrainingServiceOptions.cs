using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Gal.Hosting;
using Gal.ModelServing;

namespace Gal.Training;

/// <summary>TrainingService's settings.</summary>
public sealed class TrainingServiceOptions : ModelServiceOptions
{
    /// <summary>Sets the service's own defaults.</summary>
    public TrainingServiceOptions() => (Address, StateFolder) = (DefaultAddresses.Training, Path.Combine("gal-data", "training"));

    /// <summary>Bytes that a training may need at its peak by its estimate; one that needs more is refused with RESOURCE_EXHAUSTED. What the machine has free if 0. Default 0.</summary>
    [Range(0, long.MaxValue)]
    [Description("bytes that a training may need; 0 takes what the machine has free")]
    public long MemoryLimitBytes { get; set; }
}
