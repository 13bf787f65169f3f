using Gal.Scoring.Embedding;

namespace Gal.Scoring.Judging;

/// <summary>An anchor prompt and the images sampled along it, as features.</summary>
/// <param name="Prompt">[dimension], p_i.</param>
/// <param name="Images">[N, dimension], x_i1 … x_iN.</param>
internal sealed record DirectionFeatures(float[] Prompt, FeatureRows Images);
