using System.Numerics;
using System.Runtime.Intrinsics;
using Gal.ActiveLearning.Directions;

namespace Gal.Scoring.Backends;

/// <summary>Scores on the processor: texts are normalised once, rows stream past them in tiles, and large inputs are shared out among all processors.</summary>
public sealed class CpuScoringBackend : IScoringBackend
{
    /// <summary>Creates it.</summary>
    /// <param name="whyNotCuda">Why the CUDA kernels are not used, as a sentence with its remedy.</param>
    public CpuScoringBackend(string whyNotCuda) =>
        Status = new BackendStatus("cpu", $"processor, {Environment.ProcessorCount} threads", $"tiles of {CosineTile.Rows} × {CosineTile.Columns}, {(Vector512.IsHardwareAccelerated ? Vector512<float>.Count : Vector<float>.Count)} lanes", whyNotCuda);

    /// <inheritdoc/>
    public BackendStatus Status { get; }

    /// <inheritdoc/>
    public void ComputeSimilarities(EmbeddingRows rows, EmbeddingRows columns, Memory<float> similarities)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(columns);
        SimilarityShapes.Require(rows, columns, similarities.Length);
        using var normalized = NormalizedColumns.From(columns.ToHost().Span, columns.RowCount, columns.Dimension);
        CosineMatrix.Compute(rows.ToHost(), normalized, similarities);
    }

    /// <inheritdoc/>
    public RoundJudgement EvaluateDirections(RoundEmbeddings round, double opennessFactor)
    {
        ArgumentNullException.ThrowIfNull(round);
        var similarities = new RoundSimilarities(round.Images.RowCount);
        var dimension = round.Images.Dimension;
        var (images, prompts) = (round.Images.ToHost(), round.Prompts.ToHost());
        using var texts = NormalizedColumns.From(round.NonSoiTexts.ToHost().Span, round.NonSoiTexts.RowCount, dimension);
        CosineMatrix.ComputeMaxima(images, texts, similarities.NonSoi);
        var first = 0;
        for (var i = 0; i < round.ImageCounts.Count; i++)
        {
            var count = round.ImageCounts[i];
            using var prompt = NormalizedColumns.From(prompts.Span.Slice(i * dimension, dimension), 1, dimension);
            CosineMatrix.Compute(images.Slice(first * dimension, count * dimension), prompt, similarities.Prompt.AsMemory(first, count));
            first += count;
        }

        return similarities.Judge(round.ImageCounts, opennessFactor);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
