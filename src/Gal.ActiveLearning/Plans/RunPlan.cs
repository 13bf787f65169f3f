using Gal.ActiveLearning.Selection;

namespace Gal.ActiveLearning.Plans;

/// <summary>Everything that decides what a run does; with the same pictures and the same machine it gives the same run.</summary>
public sealed record RunPlan
{
    /// <summary>The subject.</summary>
    public required SubjectPlan Subject { get; init; }

    /// <summary>How images are chosen for the next round.</summary>
    public SelectionStrategy Strategy { get; init; } = SelectionStrategy.Uncertainty;

    /// <summary>Whether chosen images are weighted with the openness of their round instead of 1.</summary>
    public bool Balance { get; init; } = true;

    /// <summary>R, at least 1; at most R - 1 rounds select.</summary>
    public int MaxRoundCount { get; init; } = 4;

    /// <summary>N, images sampled an anchor, at least 1.</summary>
    public int ImagesPerAnchor { get; init; } = 10;

    /// <summary>k, anchors selected a round, in [1, number of anchors].</summary>
    public int AnchorsPerRound { get; init; } = 3;

    /// <summary>λ, in [0, 1].</summary>
    public double OpennessFactor { get; init; } = 0.005;

    /// <summary>How each round trains.</summary>
    public TrainingPlan Training { get; init; } = new();

    /// <summary>How images are sampled.</summary>
    public SamplingPlan Sampling { get; init; } = new();

    /// <summary>How checkpoints are measured.</summary>
    public EvaluationPlan Evaluation { get; init; } = new();

    /// <summary>Class pictures, if any.</summary>
    public PriorPreservationPlan? PriorPreservation { get; init; }

    /// <summary>The run's seed, in [0, 2^31).</summary>
    public long Seed { get; init; }
}
