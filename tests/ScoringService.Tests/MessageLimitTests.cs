using Gal.Imaging;
using Gal.Tests.Services;
using Gal.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Gal.Scoring.Tests;

public sealed class MessageLimitTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task EmbedImages_FivePicturesOf768Pixels_FitTheDefaultLimit()
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeClip());
        await using var _ = service;

        var response = await client.EmbedImagesAsync(new() { Images = { Enumerable.Repeat(NoisyPicture(), 5) } });

        Assert.Equal(5, response.RowCount);
    }

    [Fact]
    public async Task EmbedImages_OverTheLimit_NamesSizeLimitAndTheStreamingCall()
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeClip(), o => o.MessageSizeBytes = 1_000_000);
        await using var _ = service;
        var request = new EmbedImagesRequest { Images = { NoisyPicture() } };

        var error = await CallErrors.OfAsync(() => client.EmbedImagesAsync(request).ResponseAsync);

        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
        Assert.Equal("MESSAGE_TOO_LARGE", error.Reason());
        Assert.Equal($"The message has {request.CalculateSize()} bytes; the limit is 1000000 bytes. Send the items in several messages through gal.v1.ScoringService/StreamEmbedImages.", error.Status.Detail);
    }

    [Fact]
    public async Task StreamEmbedImages_ThreeHundredMegabytes_PassInMessagesOfEight()
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeClip());
        await using var _ = service;
        var request = new EmbedImagesRequest { Images = { Enumerable.Repeat(NoisyPicture(), 5) } };
        var count = (300_000_000 / request.CalculateSize()) + 1;
        using var call = client.StreamEmbedImages();
        var reading = call.ResponseStream.ReadAllAsync().CountAsync().AsTask();

        for (var i = 0; i < count; i++)
        {
            await call.RequestStream.WriteAsync(request);
        }

        await call.RequestStream.CompleteAsync();
        Assert.Equal(count, await reading);
    }

    private static Image NoisyPicture()
    {
        var pixels = new byte[768 * 768 * 3];
        new Random(1).NextBytes(pixels);
        return new() { Data = ByteString.CopyFrom(PngEncoder.Encode(new RgbImage(768, 768, pixels))) };
    }
}
