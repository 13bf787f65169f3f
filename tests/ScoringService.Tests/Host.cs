using System.Runtime.InteropServices;
using Gal.Imaging;
using Gal.Scoring.Embedding;
using Gal.Tests;
using Gal.Tests.Services;
using Gal.V1;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;

namespace Gal.Scoring.Tests;

/// <summary>ScoringService on a fake CLIP.</summary>
internal static class Host
{
    public static async Task<(RunningService Service, ScoringService.ScoringServiceClient Client)> StartAsync(TemporaryFolder folder, IClipEncoder clip, Action<ScoringServiceOptions>? change = null)
    {
        var options = RunningService.Settle(new ScoringServiceOptions { ModelFolders = [Repository.EmojiModel] }, folder);
        change?.Invoke(options);
        var service = await RunningService.StartAsync(ScoringServiceHost.Build(options, services => services.AddSingleton(clip)));
        return (service, new(service.Invoker));
    }

    public static Image Picture(int shade)
    {
        var pixels = new byte[8 * 8 * 3];
        Array.Fill(pixels, (byte)shade);
        return new() { Data = ByteString.CopyFrom(PngEncoder.Encode(new RgbImage(8, 8, pixels))) };
    }

    public static Embeddings Rows(params float[][] rows) => new()
    {
        Data = ByteString.CopyFrom(MemoryMarshal.AsBytes<float>(rows.SelectMany(r => r).ToArray())),
        RowCount = rows.Length,
        Dimension = rows[0].Length,
    };

    public static float[] Read(Embeddings embeddings) => MemoryMarshal.Cast<byte, float>(embeddings.Data.Span).ToArray();
}
