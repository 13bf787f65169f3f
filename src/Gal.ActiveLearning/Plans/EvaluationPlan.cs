namespace Gal.ActiveLearning.Plans;

/// <summary>How each round's checkpoint is measured.</summary>
public sealed record EvaluationPlan
{
    /// <summary>The prompts; nothing is measured if there are none.</summary>
    public IReadOnlyList<string> Prompts { get; init; } = [];

    /// <summary>M, images a prompt, at least 1.</summary>
    public int ImagesPerPrompt { get; init; } = 8;

    /// <summary>The first evaluation seed; the same seeds in every round.</summary>
    public long Seed { get; init; } = 8888;
}
