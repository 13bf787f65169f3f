using Gal.ActiveLearning.Plans;

namespace Gal.ActiveLearning.Runs;

/// <summary>What a run does next. Each step ends with one event, and the state after that event says what follows.</summary>
public abstract record NextStep
{
    private NextStep()
    {
    }

    /// <summary>Append this event; nothing needs to be done for it.</summary>
    public sealed record Record(RunEvent Event) : NextStep;

    /// <summary>Make class pictures with the pretrained model; ends with <see cref="RunEvent.ClassImagesMade"/>.</summary>
    public sealed record MakeClassImages(PriorPreservationPlan Prior) : NextStep;

    /// <summary>Train from the pretrained weights; ends with <see cref="RunEvent.TrainingFinished"/>.</summary>
    public sealed record Train(int Round, IReadOnlyList<TrainingSample> Samples) : NextStep;

    /// <summary>Measure the checkpoint; ends with <see cref="RunEvent.EvaluationFinished"/>.</summary>
    public sealed record Evaluate(int Round, string Checkpoint) : NextStep;

    /// <summary>Sample N images for each anchor of the pool; ends with <see cref="RunEvent.ImagesSampled"/>.</summary>
    public sealed record Sample(int Round, string Checkpoint, IReadOnlyList<int> Pool) : NextStep;

    /// <summary>Judge the sampled images; ends with <see cref="RunEvent.ImagesScored"/>.</summary>
    public sealed record Score(int Round, IReadOnlyList<AnchorImages> Anchors) : NextStep;

    /// <summary>Nothing: the run has ended.</summary>
    public sealed record Nothing : NextStep;
}
