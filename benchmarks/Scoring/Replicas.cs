using Gal.Hosting.Clients;
using Gal.Imaging;
using Gal.Tests.Services;
using Gal.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Gal.Benchmarks.Scoring;

/// <summary>Calls a second to one process of the service and to two behind the client's load balancing, all on this machine's processors.</summary>
internal static class Replicas
{
    private const int CallerCount = 8;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(8);

    public static async Task ReportAsync()
    {
        using var folder = new TemporaryFolder();
        using var first = await ServiceProcess.StartAsync("ScoringService", folder, "first");
        using var second = await ServiceProcess.StartAsync("ScoringService", folder, "second");
        var round = Wire.Request();
        var images = new EmbedImagesRequest { Images = { Enumerable.Range(0, 32).Select(i => new Image { Data = ByteString.CopyFrom(PngEncoder.Encode(ImageThroughput.Picture(i))) }) } };
        Console.WriteLine($"Calls a second, {CallerCount} callers at once, {Environment.ProcessorCount} processors, callers included");
        foreach (var (name, addresses) in new[] { ("one", first.Address), ("two", $"{first.Address},{second.Address}") })
        {
            using var connection = ServiceChannel.Open(addresses, "scoring");
            var client = new ScoringService.ScoringServiceClient(connection.Invoker);
            var rounds = await MeasureAsync(() => client.EvaluateDirectionsAsync(round));
            var embeddings = await MeasureAsync(() => client.EmbedImagesAsync(images));
            Console.WriteLine($"| {name} | EvaluateDirections, embeddings given | {rounds:F0} | EmbedImages, 32 pictures | {embeddings:F1} |");
        }
    }

    private static async Task<double> MeasureAsync<T>(Func<AsyncUnaryCall<T>> call)
    {
        await Task.WhenAll(Enumerable.Range(0, CallerCount).Select(async _ => await call()));
        var (count, start) = (0, System.Diagnostics.Stopwatch.GetTimestamp());
        await Task.WhenAll(Enumerable.Range(0, CallerCount).Select(async _ =>
        {
            while (System.Diagnostics.Stopwatch.GetElapsedTime(start) < Duration)
            {
                await call();
                Interlocked.Increment(ref count);
            }
        }));
        return count / System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
