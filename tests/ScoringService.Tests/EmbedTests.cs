using Gal.Tests.Services;
using Gal.V1;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Gal.Scoring.Tests;

public sealed class EmbedTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task EmbedImages_FiveOfBatchTwo_ComeInOrder()
    {
        var clip = new FakeClip();
        var (service, client) = await Host.StartAsync(_folder, clip, o => o.BatchSize = 2);
        await using var _ = service;

        var response = await client.EmbedImagesAsync(new() { Images = { Enumerable.Range(0, 5).Select(Host.Picture) } });

        Assert.Equal((5, FakeClip.Dimension), (response.RowCount, response.Dimension));
        Assert.Equal(Enumerable.Range(0, 5).SelectMany(i => FakeClip.OfPicture((byte)i)), Host.Read(response));
        Assert.Equal([2, 2, 1], clip.ImageBatches);
    }

    [Fact]
    public async Task EmbedImages_DamagedPicture_NamesItsField()
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeClip());
        await using var _ = service;

        var error = await CallErrors.OfAsync(() => client.EmbedImagesAsync(new() { Images = { Host.Picture(0), new Image { Data = ByteString.CopyFromUtf8("GIF89a") } } }).ResponseAsync);

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Equal(["images[1]"], error.Fields());
    }

    [Fact]
    public async Task EmbedImages_CallersWhileABatchIsAtWork_ShareTheNextOne()
    {
        var atWork = new SyncPoint();
        var first = 1;
        var clip = new FakeClip { BeforeImages = (_, cancellationToken) => Interlocked.Exchange(ref first, 0) == 1 ? atWork.ReachAsync(cancellationToken) : Task.CompletedTask };
        var (service, client) = await Host.StartAsync(_folder, clip);
        await using var _ = service;
        var calls = new List<Task<Embeddings>> { client.EmbedImagesAsync(new() { Images = { Host.Picture(0) } }).ResponseAsync };
        await atWork.ReachedAsync();
        calls.AddRange(Enumerable.Range(1, 10).Select(i => client.EmbedImagesAsync(new() { Images = { Host.Picture(i) } }).ResponseAsync));
        var batcher = (Embedding.ImageBatcher)service.Services.GetService(typeof(Embedding.ImageBatcher))!;
        await Timeouts.UntilAsync(() => batcher.WaitingCount == 10);
        atWork.Release();
        var responses = await Task.WhenAll(calls).DefaultTimeout();

        Assert.Equal([1, 10], clip.ImageBatches);
        Assert.All(responses.Select((r, i) => (r, i)), r => Assert.Equal(FakeClip.OfPicture((byte)r.i), Host.Read(r.r)));
    }

    [Theory]
    [InlineData(false, StatusCode.Cancelled)]
    [InlineData(true, StatusCode.DeadlineExceeded)]
    public async Task EmbedImages_CallerLeavesDuringABatch_NoFurtherBatchIsBegun(bool byDeadline, StatusCode expected)
    {
        var (atWork, log) = (new SyncPoint(), new CapturedLog());
        var first = 1;
        var clip = new FakeClip { BeforeImages = (_, cancellationToken) => Interlocked.Exchange(ref first, 0) == 1 ? atWork.ReachAsync(cancellationToken) : Task.CompletedTask };
        var (service, client) = await Host.StartAsync(_folder, clip, o =>
        {
            o.BatchSize = 2;
            o.ConfigureLogging = logging => logging.AddProvider(log);
        });
        await using var _ = service;
        using var leaving = new CancellationTokenSource();
        var request = new EmbedImagesRequest { Images = { Enumerable.Range(0, 20).Select(Host.Picture) } };

        // On a busy machine the deadline may pass before a batch begins: then the caller asks again and waits for longer.
        Task call;
        var seconds = 2;
        do
        {
            call = client.EmbedImagesAsync(request, deadline: byDeadline ? TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(seconds) : null, cancellationToken: leaving.Token).ResponseAsync;
            seconds *= 2;
        }
        while (await Task.WhenAny(call, atWork.ReachedAsync()) == call && seconds < 100);

        await (byDeadline ? Task.CompletedTask : leaving.CancelAsync());
        var error = await CallErrors.OfAsync(() => call);
        await Timeouts.UntilAsync(() => Ending() is not null);
        atWork.Release();
        await client.EmbedImagesAsync(new() { Images = { Host.Picture(1) } });

        Assert.Equal(expected, error.StatusCode);
        Assert.Equal([2, 1], clip.ImageBatches);

        // Both ends keep a deadline. Where the caller's clock strikes first, the service sees a caller who leaves.
        Assert.Matches(byDeadline ? "as (DeadlineExceeded|Cancelled)" : "as Cancelled", Ending());

        string? Ending() => log.Lines.Select(l => l.Message).FirstOrDefault(m => m.Contains("EmbedImages ended", StringComparison.Ordinal));
    }

    [Fact]
    public async Task EmbedTexts_AskedForTwice_AreEncodedOnceWithTheSameBits()
    {
        var clip = new FakeClip();
        var (service, client) = await Host.StartAsync(_folder, clip);
        await using var _ = service;

        var first = await client.EmbedTextsAsync(new() { Texts = { "a cat", "a dog", "a cat" } });
        var second = await client.EmbedTextsAsync(new() { Texts = { "a dog", "a cat" } });

        Assert.Equal(["a cat", "a dog"], clip.EncodedTexts);
        Assert.Equal(new[] { "a cat", "a dog", "a cat" }.SelectMany(FakeClip.OfText), Host.Read(first));
        Assert.Equal(new[] { "a dog", "a cat" }.SelectMany(FakeClip.OfText), Host.Read(second));
    }

    [Fact]
    public async Task StreamEmbedImages_TwoHundredMessages_AnswersEachInOrder()
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeClip());
        await using var _ = service;
        using var call = client.StreamEmbedImages();
        var reading = call.ResponseStream.ReadAllAsync().ToListAsync().AsTask();

        for (var i = 0; i < 200; i++)
        {
            await call.RequestStream.WriteAsync(new() { Images = { Host.Picture(i), Host.Picture(255 - i) } });
        }

        await call.RequestStream.CompleteAsync();
        var responses = await reading.DefaultTimeout();

        Assert.Equal(Enumerable.Range(0, 200).Select(i => FakeClip.OfPicture((byte)i)[1]), responses.Select(r => Host.Read(r)[1]));
    }

    [Fact]
    public async Task StreamEmbedImages_ReaderThatDoesNotRead_SlowsTheSenderDown()
    {
        var clip = new FakeClip();
        var (service, client) = await Host.StartAsync(_folder, clip, o => o.BatchSize = 1024);
        await using var _ = service;
        using var call = client.StreamEmbedImages();
        var request = new EmbedImagesRequest { Images = { Enumerable.Range(0, 1024).Select(_ => Host.Picture(1)) } };
        var sent = 0;
        var sending = Task.Run(async () =>
        {
            for (; sent < 2000; Interlocked.Increment(ref sent))
            {
                await call.RequestStream.WriteAsync(request);
            }
        });

        // 2,000 answers of 16 KB do not fit the windows of a reader that does not read: the sender must come to a stop.
        await Timeouts.UntilAsync(() => Volatile.Read(ref sent) > 0);
        var last = -1;
        while (Volatile.Read(ref sent) is var now && now != last)
        {
            last = now;
            await Task.WhenAny(sending, Task.Delay(TimeSpan.FromSeconds(2)));
        }

        Assert.InRange(last, 1, 1999);
        Assert.False(sending.IsCompleted);
        call.Dispose();
        await Assert.ThrowsAnyAsync<Exception>(() => sending).DefaultTimeout();
    }
}
