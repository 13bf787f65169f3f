namespace Gal.ActiveLearning.Plans;

/// <summary>How each round trains.</summary>
public sealed record TrainingPlan
{
    /// <summary>Optimizer steps a round, at least 1.</summary>
    public int StepCount { get; init; } = 500;

    /// <summary>Samples a step, at least 1.</summary>
    public int BatchSize { get; init; } = 1;

    /// <summary>AdamW's step size, in (0, 1).</summary>
    public double LearningRate { get; init; } = 5e-6;

    /// <summary>AdamW's decoupled weight decay, in [0, 1].</summary>
    public double WeightDecay { get; init; } = 0.01;

    /// <summary>The gradient's norm is clipped to this, above 0.</summary>
    public double MaxGradientNorm { get; init; } = 1.0;
}
