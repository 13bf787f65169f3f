namespace Gal.ActiveLearning.Directions;

/// <summary>What CLIP says about the images sampled along one anchor.</summary>
/// <param name="AnchorIndex">i, in the run's list of anchors.</param>
/// <param name="PromptSimilarities">F(x_ij, p_i), one an image.</param>
/// <param name="NonSoiSimilarities">max over the non-SoI texts of F(x_ij, t), one an image.</param>
public sealed record DirectionScores(int AnchorIndex, IReadOnlyList<float> PromptSimilarities, IReadOnlyList<float> NonSoiSimilarities);
