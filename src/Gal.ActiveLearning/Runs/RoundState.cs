using Gal.ActiveLearning.Directions;
using Gal.ActiveLearning.Evaluation;
using Gal.ActiveLearning.Selection;

namespace Gal.ActiveLearning.Runs;

/// <summary>One round: train, evaluate, sample, score, select. What has not happened yet is null.</summary>
public sealed record RoundState
{
    /// <summary>r, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>What it trains on.</summary>
    public required IReadOnlyList<TrainingSample> Samples { get; init; }

    /// <summary>The checkpoint's artifact.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>Unweighted loss of every step.</summary>
    public IReadOnlyList<double> Losses { get; init; } = [];

    /// <summary>How often each sample was used.</summary>
    public IReadOnlyList<int> UseCounts { get; init; } = [];

    /// <summary>How the checkpoint measured.</summary>
    public CheckpointEvaluation? Evaluation { get; init; }

    /// <summary>The images of the pool's anchors.</summary>
    public IReadOnlyList<AnchorImages>? Anchors { get; init; }

    /// <summary>How they were judged.</summary>
    public RoundJudgement? Judgement { get; init; }

    /// <summary>What was chosen for the next rounds.</summary>
    public IReadOnlyList<SelectedImage>? Selection { get; init; }
}
