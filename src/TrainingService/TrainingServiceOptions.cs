using Gal.Hosting;
using Gal.ModelServing;

namespace Gal.Training;

/// <summary>TrainingService's settings.</summary>
public sealed class TrainingServiceOptions : ModelServiceOptions
{
    /// <summary>Sets the service's own defaults.</summary>
    public TrainingServiceOptions() => (Address, StateFolder) = (DefaultAddresses.Training, Path.Combine("gal-data", "training"));
}
