using Gal.ActiveLearning.Plans;
using Gal.ActiveLearning.Selection;
using Gal.V1;
using MethodMode = Gal.ActiveLearning.Subjects.SubjectMode;
using MethodStopReason = Gal.ActiveLearning.Selection.StopReason;
using StopReason = Gal.V1.StopReason;

namespace Gal.Coordination.Runs;

/// <summary>The contract's settings in the method's words.</summary>
internal static class SettingsMapping
{
    /// <summary>The plan of a run whose settings are complete.</summary>
    public static RunPlan ToPlan(this RunSettings settings) => new()
    {
        Subject = ToPlan(settings.Subject),
        Strategy = settings.ActiveLearning.Strategy.ToMethod(),
        Balance = settings.ActiveLearning.Balance,
        MaxRoundCount = settings.ActiveLearning.MaxRoundCount,
        ImagesPerAnchor = settings.ActiveLearning.ImagesPerAnchor,
        AnchorsPerRound = settings.ActiveLearning.AnchorsPerRound,
        OpennessFactor = settings.ActiveLearning.OpennessFactor,
        Training = new TrainingPlan
        {
            StepCount = settings.Training.StepCount,
            BatchSize = settings.Training.BatchSize,
            LearningRate = settings.Training.LearningRate,
            WeightDecay = settings.Training.WeightDecay,
            MaxGradientNorm = settings.Training.MaxGradientNorm,
        },
        Sampling = new SamplingPlan { InferenceStepCount = settings.Sampling.InferenceStepCount, GuidanceScale = settings.Sampling.GuidanceScale },
        Evaluation = new EvaluationPlan { Prompts = [.. settings.Evaluation.Prompts], ImagesPerPrompt = settings.Evaluation.ImagesPerPrompt, Seed = settings.Evaluation.Seed },
        PriorPreservation = settings.PriorPreservation is { } prior
            ? new PriorPreservationPlan { ClassPrompt = prior.ClassPrompt, ClassImageCount = prior.ClassImageCount, LossWeight = prior.PriorLossWeight }
            : null,
        Seed = settings.Seed,
    };

    /// <summary>The contract's word for a reason to stop.</summary>
    public static StopReason ToProto(this MethodStopReason reason) => reason switch
    {
        MethodStopReason.MaxRounds => StopReason.MaxRounds,
        MethodStopReason.FewerUncertainDirectionsThanK => StopReason.FewerUncertainDirectionsThanK,
        MethodStopReason.NoQuery => StopReason.NoQuery,
        MethodStopReason.PoolExhausted => StopReason.PoolExhausted,
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "There is no such reason to stop."),
    };

    private static SubjectPlan ToPlan(Subject subject) => new()
    {
        Mode = subject.Mode == SubjectMode.Object ? MethodMode.Object : MethodMode.Style,
        Identifier = subject.Identifier,
        References = [.. subject.References.Select(r => new ReferencePicture(r.Image?.Artifact ?? "", r.Prompt))],
        NonSoiTexts = [.. subject.NonSoiTexts],
        Anchors = [.. subject.Anchors],
    };

    private static SelectionStrategy ToMethod(this Strategy strategy) => strategy switch
    {
        Strategy.Dreambooth => SelectionStrategy.DreamBooth,
        Strategy.Random => SelectionStrategy.Random,
        Strategy.ClipFeedback => SelectionStrategy.ClipFeedback,
        // Unknown values are refused by the proto's rules; until then they must not break the other rules.
        _ => SelectionStrategy.Uncertainty,
    };
}
