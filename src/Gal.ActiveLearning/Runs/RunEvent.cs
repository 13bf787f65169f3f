using Gal.ActiveLearning.Directions;
using Gal.ActiveLearning.Evaluation;
using Gal.ActiveLearning.Plans;
using Gal.ActiveLearning.Selection;

namespace Gal.ActiveLearning.Runs;

/// <summary>Something that happened to a run. A run's record is the list of these, appended to and never changed; its state is a fold over them.</summary>
public abstract record RunEvent
{
    private RunEvent()
    {
    }

    /// <summary>The run was asked for. Always the first.</summary>
    public sealed record Created(RunPlan Plan) : RunEvent;

    /// <summary>The class pictures of prior preservation are made.</summary>
    public sealed record ClassImagesMade(IReadOnlyList<string> Images) : RunEvent;

    /// <summary>A round began.</summary>
    /// <param name="Round">r, from 1.</param>
    /// <param name="Samples">References first, then the images selected in earlier rounds in order of selection.</param>
    public sealed record RoundStarted(int Round, IReadOnlyList<TrainingSample> Samples) : RunEvent;

    /// <summary>A round's checkpoint is made.</summary>
    /// <param name="Round">r.</param>
    /// <param name="Checkpoint">Its artifact.</param>
    /// <param name="Losses">Unweighted loss of every step.</param>
    /// <param name="UseCounts">How often each sample was used.</param>
    public sealed record TrainingFinished(int Round, string Checkpoint, IReadOnlyList<double> Losses, IReadOnlyList<int> UseCounts) : RunEvent;

    /// <summary>The checkpoint was measured.</summary>
    public sealed record EvaluationFinished(int Round, CheckpointEvaluation Evaluation) : RunEvent;

    /// <summary>The pool was sampled.</summary>
    public sealed record ImagesSampled(int Round, IReadOnlyList<AnchorImages> Anchors) : RunEvent;

    /// <summary>The sampled images were judged.</summary>
    public sealed record ImagesScored(int Round, RoundJudgement Judgement) : RunEvent;

    /// <summary>Images were chosen for the next rounds; their anchors leave the pool.</summary>
    public sealed record SelectionMade(int Round, IReadOnlyList<SelectedImage> Images) : RunEvent;

    /// <summary>The run ended by its own rules.</summary>
    public sealed record Stopped(StopReason Reason) : RunEvent;

    /// <summary>A caller stopped the run.</summary>
    public sealed record Cancelled : RunEvent;

    /// <summary>An error stopped the run.</summary>
    public sealed record Failed(string Error) : RunEvent;

    /// <summary>A cancelled or failed run goes on from where it was.</summary>
    public sealed record Resumed : RunEvent;
}
