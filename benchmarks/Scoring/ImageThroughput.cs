using Gal.Diffusion.Pipelines;
using Gal.Imaging;
using Gal.V1;
using Google.Protobuf;

namespace Gal.Benchmarks.Scoring;

/// <summary>EmbedImages over gRPC, PNG files in and features out, beside the bare model on the same pictures decoded; the two take turns in one process.</summary>
internal static class ImageThroughput
{
    private const int ImageCount = 512;
    private const int Side = 256;
    private const int Turns = 9;

    public static async Task ReportAsync(string modelFolder, string clipFolder)
    {
        await using var service = await ScoringBench.StartAsync(modelFolder);
        var client = new ScoringService.ScoringServiceClient(service.Invoker);
        using var bare = ClipScorer.Load(clipFolder);
        var pictures = Enumerable.Range(0, ImageCount).Select(Picture).ToArray();
        var request = new EmbedImagesRequest { Images = { pictures.Select(p => new Image { Data = ByteString.CopyFrom(PngEncoder.Encode(p)) }) } };
        var (calls, model) = (new Samples(), new Samples());
        await client.EmbedImagesAsync(request);
        bare.EmbedImages(pictures);
        for (var turn = 0; turn < Turns; turn++)
        {
            await calls.MeasureAsync(() => client.EmbedImagesAsync(request).ResponseAsync);
            model.Measure(() => bare.EmbedImages(pictures));
        }

        Console.WriteLine($"{ImageCount} PNG files of {Side} × {Side}, {request.CalculateSize():N0} bytes, medians of {Turns} turns");
        Console.WriteLine($"| EmbedImages over gRPC | {calls.Median:F0} ms | {1e3 * ImageCount / calls.Median:F0} pictures a second |");
        Console.WriteLine($"| the bare model on decoded pictures | {model.Median:F0} ms | {1e3 * ImageCount / model.Median:F0} pictures a second; over gRPC {model.Median / calls.Median:F2} of that |");
    }

    /// <summary>A picture that is smooth, as photographs are: noise would make files that take longer to unpack than any real one.</summary>
    public static RgbImage Picture(int seed)
    {
        var pixels = new byte[Side * Side * 3];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)(128 + (100 * Math.Sin((i % (Side * 3) * 0.01 * (1 + (seed % 7))) + (i / (Side * 3) * 0.02))));
        }

        return new RgbImage(Side, Side, pixels);
    }
}
