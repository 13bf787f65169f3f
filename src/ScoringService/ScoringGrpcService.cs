using Gal.Hosting.Errors;
using Gal.ModelServing;
using Gal.ModelServing.Models;
using Gal.ModelServing.Work;
using Gal.Scoring.Backends;
using Gal.Scoring.Embedding;
using Gal.Scoring.Judging;
using Gal.V1;
using Grpc.Core;

namespace Gal.Scoring;

/// <summary>Translates and delegates: embeddings to <see cref="Embedder"/>, judgements to <see cref="RoundJudge"/>.</summary>
internal sealed class ScoringGrpcService(ModelCatalog models, Embedder embedder, FeatureReader features, RoundJudge judge, IScoringBackend backend, ServiceCapabilities capabilities, TimeProvider time) : ScoringService.ScoringServiceBase
{
    private const long SimilarityCount = 16 * 1024 * 1024;

    public override Task<Capabilities> GetCapabilities(GetCapabilitiesRequest request, ServerCallContext context) =>
        capabilities.DescribeAsync("scoring", [Describe(backend.Status)], context.CancellationToken);

    public override Task<Embeddings> EmbedImages(EmbedImagesRequest request, ServerCallContext context) => EmbedAsync(request, context.CancellationToken);

    /// <summary>Works on one message while the next is read, and reads no further until its answer is sent.</summary>
    public override async Task StreamEmbedImages(IAsyncStreamReader<EmbedImagesRequest> requestStream, IServerStreamWriter<Embeddings> responseStream, ServerCallContext context)
    {
        Task<Embeddings>? working = null;
        while (await requestStream.MoveNext(context.CancellationToken))
        {
            var next = EmbedAsync(requestStream.Current, context.CancellationToken);
            if (working is not null)
            {
                await responseStream.WriteAsync(await working, context.CancellationToken);
            }

            working = next;
        }

        if (working is not null)
        {
            await responseStream.WriteAsync(await working, context.CancellationToken);
        }
    }

    public override async Task<Embeddings> EmbedTexts(EmbedTextsRequest request, ServerCallContext context)
    {
        var folder = models.FindFolder(request.Model);
        using var texts = await embedder.EmbedTextsAsync(folder, request.Texts, new WorkClock(time), context.CancellationToken);
        return texts.Rows.ToProto();
    }

    public override async Task<ScoreSimilarityResponse> ScoreSimilarity(ScoreSimilarityRequest request, ServerCallContext context)
    {
        var clock = new WorkClock(time);
        var folder = models.FindFolder(request.Model);
        var response = new ScoreSimilarityResponse();
        using var rows = await features.ReadAsync(folder, request.Rows, "rows", response.Warnings, clock, context.CancellationToken);
        using var columns = await features.ReadAsync(folder, request.Columns, "columns", response.Warnings, clock, context.CancellationToken);
        CheckComparable(rows, columns);
        response.Similarities.AddRange(clock.Measure(WorkKind.Scoring, 0, () => ComputeSimilarities(rows, columns)));
        (response.RowCount, response.ColumnCount) = (rows.RowCount, columns.RowCount);
        clock.WriteTo(response.WorkTimes);
        return response;
    }

    public override Task<EvaluateDirectionsResponse> EvaluateDirections(EvaluateDirectionsRequest request, ServerCallContext context) =>
        judge.JudgeAsync(request, context.CancellationToken);

    private float[] ComputeSimilarities(FeatureRows rows, FeatureRows columns)
    {
        var similarities = new float[rows.RowCount * columns.RowCount];
        backend.ComputeSimilarities(rows.ToBackend(), columns.ToBackend(), similarities);
        return similarities;
    }

    private static Component Describe(BackendStatus status) => new()
    {
        Name = "cuda kernels",
        Available = status.WhyNotCuda is null,
        Detail = status.WhyNotCuda is { } reason ? $"{reason} Scores on {status.Device}: {status.Kernels}." : $"{status.Device}: {status.Kernels}.",
    };

    private async Task<Embeddings> EmbedAsync(EmbedImagesRequest request, CancellationToken cancellationToken)
    {
        using var rows = await embedder.EmbedImagesAsync(models.FindFolder(request.Model), [.. request.Images.Select((image, i) => (image, $"images[{i}]"))], new WorkClock(time), cancellationToken);
        return rows.ToProto();
    }

    private static void CheckComparable(FeatureRows rows, FeatureRows columns)
    {
        if (rows.Dimension != columns.Dimension)
        {
            throw RpcErrors.InvalidField("columns", $"{columns.Dimension} features wide", $"must be {rows.Dimension} wide, as rows is", "DIMENSIONS_DIFFER");
        }

        if ((long)rows.RowCount * columns.RowCount > SimilarityCount)
        {
            throw RpcErrors.InvalidField("rows", $"{rows.RowCount} rows against {columns.RowCount} columns", $"must make at most {SimilarityCount} cosines; ask for fewer rows at a time", "TOO_MANY_SIMILARITIES");
        }
    }
}
