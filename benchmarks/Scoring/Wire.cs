using System.Runtime.InteropServices;
using Gal.Hosting;
using Gal.Hosting.Clients;
using Gal.Scoring;
using Gal.Scoring.Backends;
using Gal.Tests;
using Gal.V1;
using Google.Protobuf;
using Microsoft.Extensions.Logging;

namespace Gal.Benchmarks.Scoring;

/// <summary>EvaluateDirections over gRPC at the default run's size, embeddings given and texts known: what a call costs, and how much of that is not the scoring.</summary>
internal static class Wire
{
    private const int Dimension = 128;
    private const int Texts = 6;

    public static async Task ReportAsync(int callCount)
    {
        var folder = Directory.CreateTempSubdirectory("gal-wire-");
        var options = new ScoringServiceOptions
        {
            Address = "http://127.0.0.1:0",
            StateFolder = Path.Combine(folder.FullName, "state"),
            ArtifactFolder = Path.Combine(folder.FullName, "artifacts"),
            ModelFolders = [Repository.EmojiModel],
            StopsOnSignals = false,
            ConfigureLogging = logging => logging.ClearProviders(),
        };
        await using var app = ScoringServiceHost.Build(options);
        await ServiceRunner.StartAsync(app, options.Address);
        using var connection = ServiceChannel.Open(ServiceHost.BoundAddress(app), "scoring");
        using var backend = new CpuScoringBackend("Not asked for.");
        var (request, round) = (Request(), Inputs.Round(Texts, Dimension));
        var (calls, scoring) = (new Samples(), new Samples());
        var client = new ScoringService.ScoringServiceClient(connection.Invoker);
        for (var i = 0; i < 100; i++)
        {
            await client.EvaluateDirectionsAsync(request);
            backend.EvaluateDirections(round, 0.005);
        }

        for (var i = 0; i < callCount; i++)
        {
            await calls.MeasureAsync(() => client.EvaluateDirectionsAsync(request).ResponseAsync);
            scoring.Measure(() => backend.EvaluateDirections(round, 0.005));
        }

        Console.WriteLine($"EvaluateDirections, 18 directions of 10 × {Dimension} against {Texts} texts, {request.CalculateSize():N0} bytes, {callCount:N0} calls one after another");
        Console.WriteLine($"| call | median {calls.Median:F3} ms | 99th percentile {calls.Quantile(0.99):F3} ms |");
        Console.WriteLine($"| the same round on the backend | median {scoring.Median:F3} ms | {scoring.Median / calls.Median:P0} of the call is not the wire |");
        await app.StopAsync();
        folder.Delete(recursive: true);
    }

    private static EvaluateDirectionsRequest Request()
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
