using Gal.Diffusion.Schedulers;

namespace Gal.Diffusion.Pipelines;

/// <summary>Images that are denoised together, and how.</summary>
/// <param name="Items">One or more images.</param>
/// <param name="Scheduler">The solver.</param>
/// <param name="InferenceStepCount">Denoising steps, 1 … 1000.</param>
/// <param name="GuidanceScale">s in ε = ε_uncond + s (ε_text - ε_uncond); at most 1 samples without guidance and does not read the negative prompts.</param>
/// <param name="Width">Pixels, a multiple of the VAE's factor.</param>
/// <param name="Height">Pixels, a multiple of the VAE's factor.</param>
public sealed record SamplingRequest(IReadOnlyList<SamplingItem> Items, SchedulerKind Scheduler, int InferenceStepCount, double GuidanceScale, int Width, int Height)
{
    /// <summary>DDIM's share of DDPM's noise, 0 … 1; other schedulers do not read it.</summary>
    public double Eta { get; init; }

    /// <summary>A picture to draw after, beside the prompts; null for none.</summary>
    public PicturePrompt? Picture { get; init; }
}
