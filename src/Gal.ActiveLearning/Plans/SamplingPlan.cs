namespace Gal.ActiveLearning.Plans;

/// <summary>How images are sampled.</summary>
public sealed record SamplingPlan
{
    /// <summary>Denoising steps, in [1, 1000].</summary>
    public int InferenceStepCount { get; init; } = 20;

    /// <summary>s in ε = ε_uncond + s (ε_text - ε_uncond), in [0, 100].</summary>
    public double GuidanceScale { get; init; } = 7.5;
}
