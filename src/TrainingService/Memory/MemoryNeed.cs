using Gal.Diffusion.Training.Memory;
using Gal.Diffusion.Weights;
using Gal.Training.Jobs;
using Gal.Training.Sessions;
using Gal.V1;

namespace Gal.Training.Memory;

/// <summary>What a training needs, for programs that say so before it is asked for.</summary>
public static class MemoryNeed
{
    private const double Gigabyte = 1e9;

    /// <summary>The peak of a training, in bytes.</summary>
    /// <param name="modelFolder">The model.</param>
    /// <param name="settings">Defaults stand in for what is unset.</param>
    /// <param name="hasPrior">Whether there are class pictures.</param>
    public static long Of(string modelFolder, TrainingSettings settings, bool hasPrior)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var complete = settings.Clone();
        TrainingDefaults.Fill(complete);
        return Of(modelFolder, complete.ToMethod(), MemorySettings.Of(complete, hasPrior)).Peak;
    }

    /// <summary>What this machine has for it, in bytes.</summary>
    public static long Available() => AvailableMemory.Measure();

    /// <summary>"3.4 GB"; "34 MB" below a tenth.</summary>
    public static string Text(long bytes) => bytes < Gigabyte / 10 ? $"{bytes / 1e6:F0} MB" : $"{bytes / Gigabyte:F1} GB";

    internal static TrainingMemory Of(string modelFolder, MethodPlan method, MemorySettings settings)
    {
        var (trained, rank) = method switch
        {
            MethodPlan.Lora lora => (TrainedWeights.LowRankUpdates, lora.Options.Rank),
            MethodPlan.TextualInversion => (TrainedWeights.Word, 0),
            MethodPlan.CustomDiffusion => (TrainedWeights.KeysAndValues, 0),
            _ => (TrainedWeights.Unet, 0),
        };
        return TrainingMemory.Estimate(ModelFolder.Open(modelFolder), settings.ToSpec(modelFolder), trained, rank);
    }
}
