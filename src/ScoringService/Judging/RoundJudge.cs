using Gal.ActiveLearning.Directions;
using Gal.ModelServing.Models;
using Gal.ModelServing.Work;
using Gal.Scoring.Backends;
using Gal.Scoring.Embedding;
using Gal.V1;

namespace Gal.Scoring.Judging;

/// <summary>Answers EvaluateDirections: embeds what is not embedded yet, in one go for all directions, and has the backend judge.</summary>
internal sealed class RoundJudge(ModelCatalog models, Embedder embedder, IScoringBackend backend, TimeProvider time)
{
    private const double DefaultOpennessFactor = 0.005; // λ

    public async Task<EvaluateDirectionsResponse> JudgeAsync(EvaluateDirectionsRequest request, CancellationToken cancellationToken)
    {
        var clock = new WorkClock(time);
        var folder = models.FindFolder(request.Model);
        var dimension = await embedder.GetDimensionAsync(folder, cancellationToken);
        var images = RoundImages.From(request.Directions, dimension);
        using var rows = await images.EmbedAsync(pictures => embedder.EmbedImagesAsync(folder, pictures, clock, cancellationToken), parts => embedder.JoinAsync(parts, cancellationToken));
        using var texts = await embedder.EmbedTextsAsync(folder, [.. request.Directions.Select(d => d.Prompt), .. request.NonSoiTexts], clock, cancellationToken);
        using var prompts = texts.Rows.Slice(0, request.Directions.Count);
        using var nonSoi = texts.Rows.Slice(request.Directions.Count, request.NonSoiTexts.Count);

        var round = new RoundEmbeddings(rows.ToBackend(), images.Counts, prompts.ToBackend(), nonSoi.ToBackend());
        var judgement = clock.Measure(WorkKind.Scoring, 0, () => backend.EvaluateDirections(round, request.HasOpennessFactor ? request.OpennessFactor : DefaultOpennessFactor));

        var response = new EvaluateDirectionsResponse { Openness = judgement.Openness };
        response.Directions.AddRange(judgement.Directions.Select(ToProto));
        response.Warnings.AddRange(texts.Warnings);
        clock.WriteTo(response.WorkTimes);
        return response;
    }

    private static DirectionEvaluation ToProto(DirectionJudgement direction) => new()
    {
        PromptSimilarities = { direction.Scores.PromptSimilarities },
        NonSoiSimilarities = { direction.Scores.NonSoiSimilarities },
        OverfitFlags = { direction.OverfitFlags },
        OverfitCount = direction.OverfitCount,
        OverfitRate = (double)direction.OverfitCount / direction.OverfitFlags.Count,
        Uncertainty = direction.Uncertainty,
        BestImageIndex = direction.BestImageIndex ?? -1,
    };
}
