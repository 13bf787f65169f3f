namespace Gal.Generation.Sampling;

/// <summary>The sizes that a model works in, in pixels.</summary>
/// <param name="Width">Its own width.</param>
/// <param name="Height">Its own height.</param>
/// <param name="Factor">The VAE's factor, which width and height must be multiples of.</param>
internal sealed record SamplerSizes(int Width, int Height, int Factor);
