using Gal.Diffusion.Weights;

namespace Gal.Diffusion.Training;

/// <summary>Trains keys and values of a model's cross-attentions (Kumari et al. 2023), with a modifier token where one is asked for.</summary>
public static class CustomDiffusionTrainer
{
    /// <summary>Loads the pretrained model and encodes the samples.</summary>
    /// <param name="spec">What to train on.</param>
    /// <param name="modifierToken">The modifier token, which every sample's prompt holds then; null for none.</param>
    /// <exception cref="ArgumentException">A value is outside its range; the message names it.</exception>
    /// <exception cref="ModelConfigException">The model folder is missing, damaged, or another architecture's.</exception>
    public static ITrainer Create(TrainingSpec spec, LearnedTokenOptions? modifierToken = null)
    {
        using var materials = TrainingMaterials.Load(spec);
        var learned = modifierToken is null ? null : materials.Learn(modifierToken);
        return materials.Train(new CustomDiffusionTarget(materials.LoadUnet(), learned));
    }
}
