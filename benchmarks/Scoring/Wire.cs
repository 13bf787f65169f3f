using System.Runtime.InteropServices;
using Gal.Scoring.Backends;
using Gal.Tests;
using Gal.V1;
using Google.Protobuf;
using Grpc.Health.V1;

namespace Gal.Benchmarks.Scoring;

/// <summary>EvaluateDirections over gRPC at the default run's size, embeddings given and texts known: what a call costs, and how much of that is not the scoring.</summary>
internal static class Wire
{
    private const int Dimension = 128;
    private const int Texts = 6;

    public static async Task ReportAsync(int callCount)
    {
        await using var service = await ScoringBench.StartAsync(Repository.EmojiModel);
        using var backend = new CpuScoringBackend("Not asked for.");
        var (request, round) = (Request(), Inputs.Round(Texts, Dimension));
        var (calls, scoring, empty) = (new Samples(), new Samples(), new Samples());
        var health = new Health.HealthClient(service.Invoker);
        var client = new ScoringService.ScoringServiceClient(service.Invoker);
        for (var i = 0; i < 100; i++)
        {
            await client.EvaluateDirectionsAsync(request);
            backend.EvaluateDirections(round, 0.005);
        }

        for (var i = 0; i < callCount; i++)
        {
            await calls.MeasureAsync(() => client.EvaluateDirectionsAsync(request).ResponseAsync);
            await empty.MeasureAsync(() => health.CheckAsync(new()).ResponseAsync);
            scoring.Measure(() => backend.EvaluateDirections(round, 0.005));
        }

        Console.WriteLine($"EvaluateDirections, 18 directions of 10 × {Dimension} against {Texts} texts, {request.CalculateSize():N0} bytes, {callCount:N0} calls one after another");
        Console.WriteLine($"| call | median {calls.Median:F3} ms | 99th percentile {calls.Quantile(0.99):F3} ms |");
        Console.WriteLine($"| an empty call | median {empty.Median:F3} ms | 99th percentile {empty.Quantile(0.99):F3} ms |");
        Console.WriteLine($"| the same round on the backend | median {scoring.Median:F3} ms | {scoring.Median / calls.Median:P0} of the call is not the wire |");
    }

    /// <summary>The default run's round, embedded.</summary>
    public static EvaluateDirectionsRequest Request()
    {
        var request = new EvaluateDirectionsRequest { NonSoiTexts = { Enumerable.Range(0, Texts).Select(t => $"text {t}") } };
        var images = Inputs.Random(180, Dimension, 1);
        for (var i = 0; i < 18; i++)
        {
            var rows = ByteString.CopyFrom(MemoryMarshal.AsBytes(images.AsSpan(i * 10 * Dimension, 10 * Dimension)));
            request.Directions.Add(new DirectionImages { Prompt = $"prompt {i}", Images = new FeatureSource { Embeddings = new Embeddings { Data = rows, RowCount = 10, Dimension = Dimension } } });
        }

        return request;
    }
}
