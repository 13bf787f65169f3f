namespace Gal.Cuda;

/// <summary>What the judge kernel finds about a round (native/kernels/judge_directions.cuh).</summary>
/// <param name="PromptSimilarities">F(x_ij, p_i), all directions one after another.</param>
/// <param name="NonSoiSimilarities">max over the non-SoI texts of F(x_ij, t), in the same order; NaN if one of them is.</param>
/// <param name="OverfitFlags">O(x_ij), 0 or 1, in the same order.</param>
/// <param name="OverfitCounts">Σ_j O(x_ij) of each direction.</param>
/// <param name="NotFiniteCounts">Images of each direction with a NaN on either side.</param>
/// <param name="BestImages">The first image of each direction with the highest prompt similarity, never one with a NaN; -1 if all have one.</param>
/// <param name="Uncertainties">U of each direction, in nats.</param>
/// <param name="Openness">λ · mean of U.</param>
public sealed record RoundOutcome(
    float[] PromptSimilarities,
    float[] NonSoiSimilarities,
    int[] OverfitFlags,
    int[] OverfitCounts,
    int[] NotFiniteCounts,
    int[] BestImages,
    float[] Uncertainties,
    float Openness);
