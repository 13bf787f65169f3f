namespace Gal.Diffusion.Pipelines;

/// <summary>A picture came out black or not finite, so that it must be neither scored nor trained on.</summary>
public sealed class SamplingException(string message) : Exception(message);
