namespace Gal.V1;

public sealed partial class TrainingSettings
{
    /// <summary>The word that the method learns; null where it learns none.</summary>
    public LearnedWord? LearnedWord => Method switch
    {
        TrainingMethod.TextualInversion => TextualInversion,
        TrainingMethod.CustomDiffusion => CustomDiffusion?.Modifier,
        _ => null,
    };
}
