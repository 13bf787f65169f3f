namespace Gal.ActiveLearning.Plans;

/// <summary>Class pictures that the run makes with the pretrained model before round 1.</summary>
public sealed record PriorPreservationPlan
{
    /// <summary>What they show ("a cat").</summary>
    public required string ClassPrompt { get; init; }

    /// <summary>How many, at least 1.</summary>
    public int ClassImageCount { get; init; } = 200;

    /// <summary>Factor of the class term, at least 0.</summary>
    public double LossWeight { get; init; } = 1.0;
}
