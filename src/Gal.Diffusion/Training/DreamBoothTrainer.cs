using Gal.Diffusion.Weights;

namespace Gal.Diffusion.Training;

/// <summary>Fine-tunes every weight of a model's UNet on weighted samples (DreamBooth, Ruiz et al. 2023); text encoder and VAE stay frozen.</summary>
public static class DreamBoothTrainer
{
    /// <summary>Loads the pretrained model and encodes the samples.</summary>
    /// <exception cref="ArgumentException">A value of the specification is outside its range; the message names it.</exception>
    /// <exception cref="ModelConfigException">The model folder is missing, damaged, or another architecture's.</exception>
    public static ITrainer Create(TrainingSpec spec)
    {
        using var materials = TrainingMaterials.Load(spec);
        return materials.Train(new UnetTarget(materials.LoadUnet()));
    }
}
