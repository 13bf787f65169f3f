using Gal.ActiveLearning.Directions;

namespace Gal.Scoring.Backends;

/// <summary>
/// Where cosines are computed. Every backend gives the same numbers within 1e-6 and the same decisions, since the rules are <see cref="RoundJudgement"/>'s alone.
/// cosine(x, t) = x·t / (max(|x|, 1e-8) max(|t|, 1e-8)) in float32, so a zero row is at 0 from everything; it is NaN where a row has a value that is not finite
/// or whose squares overflow float32 (length over 1.8e19). Equal rows give equal bits, wherever they stand: a tie stays a tie.
/// </summary>
public interface IScoringBackend : IDisposable
{
    /// <summary>What the work is done on, and why not on something faster.</summary>
    BackendStatus Status { get; }

    /// <summary>Cosine of every row with every column.</summary>
    /// <param name="rows">[n, dimension].</param>
    /// <param name="columns">[m, dimension].</param>
    /// <param name="similarities">Receives [n, m], row-major.</param>
    /// <exception cref="ArgumentException">The dimensions differ, or the result does not hold n · m values.</exception>
    /// <exception cref="ScoringBackendException">The device failed.</exception>
    void ComputeSimilarities(EmbeddingRows rows, EmbeddingRows columns, Memory<float> similarities);

    /// <summary>Judges a round: per direction F(x_ij, p_i), the maximum over the non-SoI texts of F(x_ij, t), and what follows from them.</summary>
    /// <param name="round">The round's embeddings.</param>
    /// <param name="opennessFactor">λ, in [0, 1].</param>
    /// <returns>Directions in the order given; their anchor index is their position.</returns>
    /// <exception cref="ScoringBackendException">The device failed.</exception>
    RoundJudgement EvaluateDirections(RoundEmbeddings round, double opennessFactor);
}
