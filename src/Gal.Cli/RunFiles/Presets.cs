using Gal.ActiveLearning.Presets;
using Gal.V1;
using YamlDotNet.RepresentationModel;

namespace Gal.Cli.RunFiles;

/// <summary>Fills in what a run file leaves out from published settings. Pictures keep the model's own size.</summary>
internal static class Presets
{
    /// <summary>Applies the file's preset, if it names one.</summary>
    public static void Apply(YamlMappingNode root, RunSettings settings, RunFileProblems problems)
    {
        if (!root.Children.TryGetValue(RunFileKeys.Preset, out var node))
        {
            return;
        }
        if (!Enum.TryParse<PresetName>(node.ToString(), ignoreCase: true, out var name))
        {
            problems.Add(RunFileKeys.Preset, node, $"preset is '{node}'; it must be one of {string.Join(", ", Enum.GetNames<PresetName>()).ToLowerInvariant()}.");
        }
        else if (settings.Subject is { Mode: not SubjectMode.Unspecified } subject)
        {
            var preset = Preset.Of(name, subject.Mode == SubjectMode.Object ? ActiveLearning.Subjects.SubjectMode.Object : ActiveLearning.Subjects.SubjectMode.Style);
            FillSubject(subject, preset, node, problems);
            FillTraining(settings.Training ??= new TrainingSettings(), preset);
            FillSampling(settings.Sampling ??= new SamplingSettings(), preset);
            FillPrior(settings, preset);
        }
    }

    private static void FillSubject(Subject subject, Preset preset, YamlNode node, RunFileProblems problems)
    {
        if (subject.Anchors.Count == 0 && subject.SubjectText.Length > 0 && !problems.Has("subject.anchors"))
        {
            subject.Anchors.AddRange(preset.AnchorsOf(subject.SubjectText));
        }
        else if (subject.Anchors.Count == 0 && !problems.Has("subject.anchors"))
        {
            problems.Add("subject.anchors", node, "subject.anchors is missing, and so is subject.subject_text, which the preset's anchors are made from; give one of them.");
        }
        if (subject.NonSoiTexts.Count > 0 || problems.Has("subject.non_soi_texts"))
        {
            return;
        }
        if (preset.Name == PresetName.Paper)
        {
            problems.Add("subject.non_soi_texts", node, "subject.non_soi_texts is missing; the paper takes the distractor concept alone, what the reference shows beside the subject, such as [cat].");
        }
        else
        {
            subject.NonSoiTexts.AddRange(preset.NonSoiTextsOf("", [.. subject.References.Select(reference => reference.Prompt)], subject.Identifier.Length > 0 ? subject.Identifier : null));
        }
    }

    private static void FillTraining(TrainingSettings training, Preset preset)
    {
        training.StepCount = training.HasStepCount ? training.StepCount : preset.Training.StepCount;
        training.BatchSize = training.HasBatchSize ? training.BatchSize : preset.Training.BatchSize;
        // The published rate is DreamBooth's; other methods have their own defaults.
        if (!training.HasLearningRate && training.Method is (TrainingMethod.Unspecified or TrainingMethod.Dreambooth))
        {
            training.LearningRate = preset.Training.LearningRate;
        }
    }

    private static void FillSampling(SamplingSettings sampling, Preset preset)
    {
        if (sampling.Scheduler == Scheduler.Unspecified)
        {
            sampling.Scheduler = preset.Scheduler == PresetScheduler.Ddpm ? Scheduler.Ddpm : Scheduler.DpmSolverPp2M;
        }
        sampling.InferenceStepCount = sampling.HasInferenceStepCount ? sampling.InferenceStepCount : preset.Sampling.InferenceStepCount;
        sampling.GuidanceScale = sampling.HasGuidanceScale ? sampling.GuidanceScale : preset.Sampling.GuidanceScale;
    }

    private static void FillPrior(RunSettings settings, Preset preset)
    {
        if (preset.ClassImageCount > 0 && settings.PriorPreservation is null && TrainingRules.FindPriorViolation(settings.Training) is null)
        {
            settings.PriorPreservation = new PriorPreservationSettings
            {
                ClassPrompt = ActiveLearning.Subjects.ScoringTexts.WithoutIdentifier(settings.Subject.SubjectText, settings.Subject.Identifier),
                ClassImageCount = preset.ClassImageCount,
            };
        }
    }
}
