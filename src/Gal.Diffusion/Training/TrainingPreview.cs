namespace Gal.Diffusion.Training;

/// <summary>Pictures that are sampled while a training goes on, to see what it learns: with DPM-Solver++ 2M, at the training's own size.</summary>
/// <param name="Prompts">One picture each; one or more.</param>
public sealed record TrainingPreview(IReadOnlyList<string> Prompts)
{
    /// <summary>Denoising steps, 1 or more.</summary>
    public int InferenceStepCount { get; init; } = 20;

    /// <summary>s in ε = ε_uncond + s (ε_text - ε_uncond), 0 or more; at most 1 samples without guidance.</summary>
    public double GuidanceScale { get; init; } = 7.5;

    /// <summary>The first picture's seed; the next ones count up. The same at every step, so that pictures can be compared.</summary>
    public long Seed { get; init; }

    /// <summary>Checks every value.</summary>
    /// <param name="require">Refuses a field: whether its rule holds, its name, its value, its rule.</param>
    internal void Check(Action<bool, string, object?, string> require)
    {
        require(Prompts.Count > 0, nameof(Prompts), "empty", "hold at least one prompt");
        require(InferenceStepCount >= 1, nameof(InferenceStepCount), InferenceStepCount, "be at least 1");
        require(GuidanceScale is >= 0 and < double.PositiveInfinity, nameof(GuidanceScale), GuidanceScale, "be 0 or more");
    }
}
