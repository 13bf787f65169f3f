using Gal.Hosting.Errors;
using Gal.ModelServing.Models;
using Gal.ModelServing.Work;
using Gal.Scoring.Embedding;
using Gal.V1;

namespace Gal.Scoring.Judging;

/// <summary>Answers EvaluateDirections: embeds what is not embedded yet, in one go for all directions, and has the backend judge.</summary>
internal sealed class RoundJudge(ModelCatalog models, Embedder embedder, IFeatureScorer scorer, TimeProvider time)
{
    private const double DefaultOpennessFactor = 0.005; // λ

    public async Task<EvaluateDirectionsResponse> JudgeAsync(EvaluateDirectionsRequest request, CancellationToken cancellationToken)
    {
        var clock = new WorkClock(time);
        var folder = models.FindFolder(request.Model);
        var texts = request.Directions.Select(d => d.Prompt).Concat(request.NonSoiTexts).ToList();
        var dimension = await embedder.GetDimensionAsync(folder, cancellationToken);
        var images = await ReadImagesAsync(request, folder, dimension, clock, cancellationToken);
        var features = await embedder.EmbedTextsAsync(folder, texts, clock, cancellationToken);
        var directions = images.Select((rows, i) => new DirectionFeatures(features[i].Features, rows)).ToList();
        var nonSoi = FeatureRows.Stack([.. features.Skip(directions.Count)], dimension);
        var judged = clock.Measure(WorkKind.Scoring, 0, () => scorer.Judge(directions, nonSoi));

        var response = new EvaluateDirectionsResponse { Openness = (request.HasOpennessFactor ? request.OpennessFactor : DefaultOpennessFactor) * judged.Average(d => d.Uncertainty) };
        response.Directions.AddRange(judged);
        response.Warnings.AddRange(Embedder.FindWarnings(texts, features));
        clock.WriteTo(response.WorkTimes);
        return response;
    }

    private async Task<IReadOnlyList<FeatureRows>> ReadImagesAsync(EvaluateDirectionsRequest request, string folder, int dimension, WorkClock clock, CancellationToken cancellationToken)
    {
        var given = request.Directions.Select((direction, i) => ReadGiven(direction.Images, $"directions[{i}].images", dimension)).ToList();
        var pictures = request.Directions.SelectMany((direction, i) => (direction.Images.Images?.Images ?? []).Select((image, j) => (image, $"directions[{i}].images.images.images[{j}]"))).ToList();
        if (pictures.Count == 0)
        {
            return [.. given.Select(g => g!)];
        }

        var embedded = await embedder.EmbedImagesAsync(folder, pictures, clock, cancellationToken);
        var start = 0;
        return [.. given.Select((rows, i) => rows ?? Take(request.Directions[i].Images.Images.Images.Count))];

        FeatureRows Take(int count)
        {
            var rows = embedded.Data.AsSpan(start * dimension, count * dimension).ToArray();
            start += count;
            return new(rows, count, dimension);
        }
    }

    private static FeatureRows? ReadGiven(FeatureSource source, string field, int dimension)
    {
        switch (source.SourceCase)
        {
            case FeatureSource.SourceOneofCase.Images:
                return null;
            case FeatureSource.SourceOneofCase.Embeddings:
                var rows = FeatureReader.Read(source.Embeddings, $"{field}.embeddings");
                CheckSize($"{field}.embeddings.dimension", rows.Dimension, rows.Dimension == dimension, $"must be {dimension}, as the model's are");
                CheckSize($"{field}.embeddings.row_count", rows.RowCount, rows.RowCount > 0, "must be at least 1: a direction has images");
                return rows;
            default:
                throw RpcErrors.InvalidField($"{field}.texts", "a list of texts", "must be images or their embeddings", "NOT_IMAGES");
        }
    }

    private static void CheckSize(string field, int value, bool isRight, string rule)
    {
        if (!isRight)
        {
            throw RpcErrors.InvalidField(field, value.ToString(), rule, "EMBEDDINGS_SIZE");
        }
    }
}
