using Gal.Diffusion.Pipelines;
using Gal.Imaging;
using Gal.V1;
using Google.Protobuf;

namespace Gal.Benchmarks.Scoring;

/// <summary>EmbedImages over gRPC, PNG files in and features out, beside the bare model on the same pictures decoded; the two take turns in one process.</summary>
internal static class ImageThroughput
{
    private const int ImageCount = 512;

    // The size that the shipped model draws and scores, and one that users send.
    private static readonly int[] Sides = [64, 256];

    private const int Turns = 9;

    public static async Task ReportAsync(string modelFolder, string clipFolder)
    {
        await using var service = await ScoringBench.StartAsync(modelFolder);
        var client = new ScoringService.ScoringServiceClient(service.Invoker);
        using var bare = ClipScorer.Load(clipFolder);
        foreach (var side in Sides)
        {
            await ReportAsync(client, bare, side);
        }
    }

    /// <summary>A picture that is smooth, as photographs are: noise would make files that take longer to unpack than any real one.</summary>
    public static RgbImage Picture(int seed, int side = 256)
    {
        var pixels = new byte[side * side * 3];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)(128 + (100 * Math.Sin((i % (side * 3) * 0.01 * (1 + (seed % 7))) + (i / (side * 3) * 0.02))));
        }

        return new RgbImage(side, side, pixels);
    }

    private static async Task ReportAsync(ScoringService.ScoringServiceClient client, ClipScorer bare, int side)
    {
        var pictures = Enumerable.Range(0, ImageCount).Select(seed => Picture(seed, side)).ToArray();
        var request = new EmbedImagesRequest { Images = { pictures.Select(p => new Image { Data = ByteString.CopyFrom(PngEncoder.Encode(p)) }) } };
        var (calls, model) = (new Samples(), new Samples());
        await client.EmbedImagesAsync(request);
        bare.EmbedImages(pictures);
        for (var turn = 0; turn < Turns; turn++)
        {
            await calls.MeasureAsync(() => client.EmbedImagesAsync(request).ResponseAsync);
            model.Measure(() => bare.EmbedImages(pictures));
        }

        Console.WriteLine($"{ImageCount} PNG files of {side} × {side}, {request.CalculateSize():N0} bytes, medians of {Turns} turns");
        Console.WriteLine($"| EmbedImages over gRPC | {calls.Median:F0} ms | {1e3 * ImageCount / calls.Median:F0} pictures a second |");
        Console.WriteLine($"| the bare model on decoded pictures | {model.Median:F0} ms | {1e3 * ImageCount / model.Median:F0} pictures a second; over gRPC {model.Median / calls.Median:F2} of that |");
    }
}
