using Gal.Diffusion.Weights;

namespace Gal.Diffusion.Training;

/// <summary>Trains low-rank updates of a model's attentions (Hu et al. 2022); the file that it writes is a LoRA.</summary>
public static class LoraTrainer
{
    /// <summary>Loads the pretrained model and encodes the samples.</summary>
    /// <param name="spec">What to train on.</param>
    /// <param name="options">Rank, alpha, dropout and the file's dialect.</param>
    /// <exception cref="ArgumentException">A value is outside its range; the message names it.</exception>
    /// <exception cref="ModelConfigException">The model folder is missing, damaged, or another architecture's.</exception>
    public static ITrainer Create(TrainingSpec spec, LoraOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        using var materials = TrainingMaterials.Load(spec);
        return materials.Train(new LoraTarget(materials.LoadFrozenUnet(), options, spec.Seed));
    }
}
