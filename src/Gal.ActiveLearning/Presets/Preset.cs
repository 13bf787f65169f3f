using Gal.ActiveLearning.Plans;
using Gal.ActiveLearning.Subjects;

namespace Gal.ActiveLearning.Presets;

/// <summary>Settings as published for Stable Diffusion 1.x, where the paper and its authors' code differ.</summary>
/// <param name="Name">Whose.</param>
/// <param name="Mode">For an object or a style.</param>
/// <param name="Anchors">Anchor prompts with a place "{}" for the subject's words.</param>
/// <param name="Training">How each round trains.</param>
/// <param name="Scheduler">What anchors are sampled with.</param>
/// <param name="Sampling">How they are sampled.</param>
/// <param name="Resolution">Pixels a side.</param>
/// <param name="ClassImageCount">Class pictures for prior preservation; 0 for none.</param>
public sealed record Preset(PresetName Name, SubjectMode Mode, IReadOnlyList<string> Anchors, TrainingPlan Training, PresetScheduler Scheduler, SamplingPlan Sampling, int Resolution, int ClassImageCount)
{
    private const int StableDiffusionResolution = 512;

    /// <summary>The settings for a subject of one kind.</summary>
    public static Preset Of(PresetName name, SubjectMode mode) => new(
        name,
        mode,
        AnchorTemplates.Of(name, mode),
        new TrainingPlan
        {
            StepCount = mode == SubjectMode.Object ? 800 : 500,
            BatchSize = name == PresetName.Authors && mode == SubjectMode.Style ? 2 : 1,
            LearningRate = 5e-6,
        },
        name == PresetName.Paper ? PresetScheduler.Ddpm : PresetScheduler.DpmSolverPlusPlus2M,
        new SamplingPlan { InferenceStepCount = 50, GuidanceScale = 7.5 },
        StableDiffusionResolution,
        name == PresetName.Authors && mode == SubjectMode.Object ? 200 : 0);

    /// <summary>The anchor prompts of one subject: "a sks cat" → "a sks cat in park"; "in watercolor painting style" → "A tie in watercolor painting style".</summary>
    public IReadOnlyList<string> AnchorsOf(string subjectText)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(subjectText);
        return [.. Anchors.Select(a => a.Replace("{}", subjectText, StringComparison.Ordinal))];
    }

    /// <summary>The texts that a collapsed image is closer to: the paper's distractor concept alone ("cat"), or the code's reference captions.</summary>
    public IReadOnlyList<string> NonSoiTextsOf(string distractorConcept, IReadOnlyList<string> referencePrompts, string? identifier) =>
        Name == PresetName.Paper ? [distractorConcept] : ScoringTexts.NonSoiFromReferences(Mode, referencePrompts, identifier);
}
