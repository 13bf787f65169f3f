namespace Gal.Diffusion.Training;

/// <summary>What is kept of a training picture: its latents' posterior, sampled anew each time, and its prompt.</summary>
/// <param name="Posterior">Of the picture as it is.</param>
/// <param name="Mirrored">Of the picture flipped left to right; null where none is flipped.</param>
/// <param name="Prompt">Shared between pictures of one prompt.</param>
/// <param name="LossWeight">The factor of its loss.</param>
internal sealed record CachedPicture(CachedPosterior Posterior, CachedPosterior? Mirrored, CachedPrompt Prompt, float LossWeight);
