namespace Gal.Scoring.Embedding;

/// <summary>What CLIP makes of a text.</summary>
/// <param name="Features">[dimension], of length 1. Shared: not to be written to.</param>
/// <param name="CutText">The end of the text that the token limit cuts off; empty if all of it fits.</param>
internal sealed record TextFeatures(float[] Features, string CutText);
