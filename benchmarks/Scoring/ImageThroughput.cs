using Gal.Diffusion.Pipelines;
using Gal.Imaging;
using Gal.V1;
using Google.Protobuf;
using SkiaSharp;

namespace Gal.Benchmarks.Scoring;

/// <summary>EmbedImages over gRPC, picture files in and features out, beside the bare model on the same pictures decoded; the two take turns in one process.</summary>
internal static class ImageThroughput
{
    private const int Turns = 5;

    /// <summary>The shipped model on pictures of the size that it draws and scores, and of one that users send.</summary>
    public static Task ReportAsync(string modelFolder, string clipFolder) => ReportAsync(modelFolder, clipFolder, 512, [(64, "PNG"), (256, "PNG")]);

    /// <summary>A CLIP of ViT-B/32's size on pictures of the sizes that users send.</summary>
    public static async Task ReportVitB32Async()
    {
        var folder = Directory.CreateTempSubdirectory("gal-vit-b-32-");
        RandomClip.Write(folder.FullName);
        await ReportAsync(folder.FullName, folder.FullName, 64, [(256, "PNG"), (512, "PNG"), (512, "JPEG")]);
        folder.Delete(recursive: true);
    }

    private static async Task ReportAsync(string modelFolder, string clipFolder, int imageCount, IReadOnlyList<(int Side, string Format)> kinds)
    {
        await using var service = await ScoringBench.StartAsync(modelFolder);
        var client = new ScoringService.ScoringServiceClient(service.Invoker);
        using var bare = ClipScorer.Load(clipFolder);
        foreach (var (side, format) in kinds)
        {
            await ReportAsync(client, bare, imageCount, side, format);
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

    private static async Task ReportAsync(ScoringService.ScoringServiceClient client, ClipScorer bare, int imageCount, int side, string format)
    {
        var pictures = Enumerable.Range(0, imageCount).Select(seed => Picture(seed, side)).ToArray();
        var request = new EmbedImagesRequest { Images = { pictures.Select(p => new Image { Data = ByteString.CopyFrom(Encode(p, format)) }) } };
        var (calls, model) = (new Samples(), new Samples());
        await client.EmbedImagesAsync(request);
        bare.EmbedImages(pictures);
        for (var turn = 0; turn < Turns; turn++)
        {
            await calls.MeasureAsync(() => client.EmbedImagesAsync(request).ResponseAsync);
            model.Measure(() => bare.EmbedImages(pictures));
        }

        Console.WriteLine($"{imageCount} {format} files of {side} × {side}, {request.CalculateSize():N0} bytes, medians of {Turns} turns");
        Console.WriteLine($"| EmbedImages over gRPC | {calls.Median:F0} ms | {1e3 * imageCount / calls.Median:F0} pictures a second |");
        Console.WriteLine($"| the bare model on decoded pictures | {model.Median:F0} ms | {1e3 * imageCount / model.Median:F0} pictures a second; over gRPC {model.Median / calls.Median:F2} of that |");
    }

    private static byte[] Encode(RgbImage picture, string format)
    {
        if (format == "PNG")
        {
            return PngEncoder.Encode(picture);
        }

        using var bitmap = SKBitmap.Decode(PngEncoder.Encode(picture));
        using var data = bitmap.Encode(SKEncodedImageFormat.Jpeg, 90);
        return data.ToArray();
    }
}
