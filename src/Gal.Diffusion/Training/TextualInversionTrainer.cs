using Gal.Diffusion.Weights;

namespace Gal.Diffusion.Training;

/// <summary>Trains the vectors of one new word (Gal et al. 2023); the file that it writes is an embedding.</summary>
public static class TextualInversionTrainer
{
    /// <summary>Loads the pretrained model and encodes the samples.</summary>
    /// <param name="spec">What to train on.</param>
    /// <param name="token">The word, which every sample's prompt holds.</param>
    /// <exception cref="ArgumentException">A value is outside its range; the message names it.</exception>
    /// <exception cref="ModelConfigException">The model folder is missing, damaged, or another architecture's.</exception>
    public static ITrainer Create(TrainingSpec spec, LearnedTokenOptions token)
    {
        using var materials = TrainingMaterials.Load(spec);
        var learned = materials.Learn(token);
        return materials.Train(new TextualInversionTarget(materials.LoadFrozenUnet(), learned));
    }
}
