using Gal.Hosting.Clients;
using Gal.Imaging;
using Gal.Tests.Services;
using Gal.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Gal.Scoring.Tests;

/// <summary>A long stream against a service in a process of its own, with the real model; takes about a minute.</summary>
public sealed class StreamMemoryTests(ITestOutputHelper output) : IDisposable
{
    private const int MessageCount = 313;
    private const int ImagesPerMessage = 32;
    private const int WarmUpMessageCount = 80;
    private const long AllowedGrowthBytes = 64_000_000;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact(Explicit = true)]
    public async Task StreamEmbedImages_TenThousandImages_TakeConstantMemory()
    {
        using var scoring = await ServiceProcess.StartAsync("ScoringService", _folder, "state");
        using var connection = ServiceChannel.Open(scoring.Address, "scoring");
        using var call = new ScoringService.ScoringServiceClient(connection.Invoker).StreamEmbedImages();
        var request = new EmbedImagesRequest { Images = { Enumerable.Range(0, ImagesPerMessage).Select(Picture) } };
        var sending = Task.Run(async () =>
        {
            for (var i = 0; i < MessageCount; i++)
            {
                await call.RequestStream.WriteAsync(request);
            }

            await call.RequestStream.CompleteAsync();
        });

        var (count, warm, highest) = (0, 0L, 0L);
        await foreach (var response in call.ResponseStream.ReadAllAsync())
        {
            Assert.Equal(ImagesPerMessage, response.RowCount);
            highest = Math.Max(highest, scoring.ResidentBytes);
            if (++count == WarmUpMessageCount)
            {
                warm = highest;
            }
        }

        await sending;
        output.WriteLine($"{count * ImagesPerMessage:N0} pictures, {(long)count * request.CalculateSize():N0} bytes; resident after {WarmUpMessageCount * ImagesPerMessage:N0} at most {warm:N0}, after all at most {highest:N0} bytes.");
        Assert.Equal(MessageCount, count);
        Assert.InRange(highest - warm, 0, AllowedGrowthBytes);
    }

    private static Image Picture(int seed)
    {
        var pixels = new byte[256 * 256 * 3];
        new Random(seed).NextBytes(pixels);
        return new() { Data = ByteString.CopyFrom(PngEncoder.Encode(new RgbImage(256, 256, pixels))) };
    }
}
