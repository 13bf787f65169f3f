using static TorchSharp.torch;

namespace Gal.Diffusion.Training;

/// <summary>What is kept of a training picture: its latents' posterior, sampled anew each time, and its prompt.</summary>
/// <param name="Mean">[1, channels, height, width].</param>
/// <param name="StandardDeviation">Of the same shape.</param>
/// <param name="Prompt">Shared between pictures of one prompt.</param>
/// <param name="LossWeight">The factor of its loss.</param>
internal sealed record CachedPicture(Tensor Mean, Tensor StandardDeviation, CachedPrompt Prompt, float LossWeight);
