namespace Gal.Diffusion.Pipelines;

/// <summary>One image to sample.</summary>
/// <param name="Prompt">What to draw.</param>
/// <param name="NegativePrompt">What to steer away from; empty is the unconditional prompt.</param>
/// <param name="Seed">Seeds the image's own CPU generator, so that it does not depend on the batch it is sampled in.</param>
public sealed record SamplingItem(string Prompt, string NegativePrompt, long Seed);
