using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Gal.ActiveLearning.Directions;
using Gal.Artifacts;
using Gal.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Gal.Coordination.Tests.Fakes;

/// <summary>Embeds by hash: similarities that look random and are always the same.</summary>
internal sealed class FakeScoringService(IArtifactStore store) : ScoringService.ScoringServiceBase
{
    private const int Dimension = 4;

    /// <summary>Thrown by every judgement while set.</summary>
    public RpcException? Refuse { get; set; }

    /// <summary>The judgements asked for.</summary>
    public ConcurrentQueue<EvaluateDirectionsRequest> Judged { get; } = new();

    public override Task<Capabilities> GetCapabilities(GetCapabilitiesRequest request, ServerCallContext context) => Task.FromResult(FakeServices.CapabilitiesOf("scoring", store));

    public override Task<Embeddings> EmbedImages(EmbedImagesRequest request, ServerCallContext context) => Task.FromResult(ToEmbeddings([.. request.Images.Select(i => Embed(Content(i)))]));

    public override Task<Embeddings> EmbedTexts(EmbedTextsRequest request, ServerCallContext context) => Task.FromResult(ToEmbeddings([.. request.Texts.Select(Embed)]));

    public override Task<ScoreSimilarityResponse> ScoreSimilarity(ScoreSimilarityRequest request, ServerCallContext context)
    {
        var (rows, columns) = (Rows(request.Rows), Rows(request.Columns));
        var response = new ScoreSimilarityResponse { RowCount = rows.Count, ColumnCount = columns.Count, Similarities = { rows.SelectMany(r => columns.Select(c => Cosine(r, c))) } };
        response.WorkTimes.Add(new WorkTime { Kind = WorkKind.Scoring, Duration = Duration.FromTimeSpan(TimeSpan.FromSeconds(3)), UnitCount = rows.Count });
        return Task.FromResult(response);
    }

    public override Task<EvaluateDirectionsResponse> EvaluateDirections(EvaluateDirectionsRequest request, ServerCallContext context)
    {
        if (Refuse is { } refusal)
        {
            throw refusal;
        }

        Judged.Enqueue(request);
        var texts = request.NonSoiTexts.Select(Embed).ToList();
        var scores = request.Directions.Select((d, i) =>
        {
            var (prompt, images) = (Embed(d.Prompt), Rows(d.Images));
            return new DirectionScores(i, [.. images.Select(x => Cosine(x, prompt))], [.. images.Select(x => texts.Max(t => Cosine(x, t)))]);
        });
        var judgement = RoundJudgement.Of([.. scores], request.OpennessFactor);
        return Task.FromResult(new EvaluateDirectionsResponse
        {
            Openness = judgement.Openness,
            Directions =
            {
                judgement.Directions.Select(d => new DirectionEvaluation
                {
                    PromptSimilarities = { d.Scores.PromptSimilarities },
                    NonSoiSimilarities = { d.Scores.NonSoiSimilarities },
                    OverfitFlags = { d.OverfitFlags },
                    OverfitCount = d.OverfitCount,
                    Uncertainty = d.Uncertainty,
                    BestImageIndex = d.BestImageIndex ?? -1,
                }),
            },
        });
    }

    private List<float[]> Rows(FeatureSource source) => source.SourceCase switch
    {
        FeatureSource.SourceOneofCase.Images => [.. source.Images.Images.Select(i => Embed(Content(i)))],
        FeatureSource.SourceOneofCase.Texts => [.. source.Texts.Texts.Select(Embed)],
        _ => [.. MemoryMarshal.Cast<byte, float>(source.Embeddings.Data.Span).ToArray().Chunk(Dimension)],
    };

    private string Content(Image image) =>
        Convert.ToHexString(store.ReadAsync(ArtifactId.Parse(image.Artifact), default).Result ?? throw Hosting.Errors.RpcErrors.NotFound("artifacts", image.Artifact, $"The scoring service does not have {image.Artifact}."));

    private static float[] Embed(string content)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(content));
        float[] vector = [.. Enumerable.Range(0, Dimension).Select(i => (BinaryPrimitives.ReadUInt16LittleEndian(hash.AsSpan(2 * i)) / 32768f) - 1f)];
        var norm = MathF.Sqrt(vector.Sum(v => v * v));
        return [.. vector.Select(v => v / norm)];
    }

    private static float Cosine(float[] a, float[] b) => a.Zip(b, (x, y) => x * y).Sum();

    private static Embeddings ToEmbeddings(float[][] rows) => new() { Data = ByteString.CopyFrom(MemoryMarshal.AsBytes<float>(rows.SelectMany(r => r).ToArray())), RowCount = rows.Length, Dimension = Dimension };
}
