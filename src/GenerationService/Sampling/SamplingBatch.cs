using Gal.Diffusion.Pipelines;
using Gal.V1;

namespace Gal.Generation.Sampling;

/// <summary>Images that are denoised together.</summary>
/// <param name="FirstIndex">The first image's position in the request.</param>
/// <param name="Images">Prompts and seeds.</param>
/// <param name="Settings">How to sample, all defaults filled in.</param>
/// <param name="Picture">A picture to draw after; null for none.</param>
internal sealed record SamplingBatch(int FirstIndex, IReadOnlyList<ImagePrompt> Images, ResolvedSettings Settings, PicturePrompt? Picture = null);
