using Gal.Diffusion.Pipelines;
using Gal.Imaging;
using Gal.Tests.Services;
using Gal.V1;
using Grpc.Core;

namespace Gal.Generation.Tests;

/// <summary>Small requests that wait together are denoised together.</summary>
public sealed class SharedBatchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly SyncPoint _first = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task GenerateImages_EqualSettingsInLine_ShareABatchAndKeepTheirSeeds()
    {
        var sampler = Sampler();
        var (service, client) = await Host.StartAsync(_folder, sampler);
        await using var _ = service;
        var calls = await StartAsync(client, Request(1), [Request(2, 3), Request(4), Slower(5), Request(6), Asked(7)]);
        _first.Release();

        foreach (var (call, seeds) in calls.Zip((int[][])[[1], [2, 3], [4], [5], [6], [7]]))
        {
            var responses = await ReadAsync(call);
            Assert.Equal(seeds, Pictures(responses));
            var last = responses.Last(r => r.EventCase == GenerateImagesResponse.EventOneofCase.Progress).Progress;
            Assert.Equal((last.StepCount, seeds.Length), (last.Step, last.FinishedImageCount));
        }

        Assert.Equal([[1L], [2, 3, 4, 6], [5], [7]], sampler.Batches.Select(b => b.Images.Select(i => i.Seed)));
    }

    [Fact]
    public async Task GenerateImages_OneCallerLeavesAGroup_TheOthersAreServed()
    {
        var second = new SyncPoint();
        var sampler = Sampler(second);
        var (service, client) = await Host.StartAsync(_folder, sampler);
        await using var _ = service;
        var calls = await StartAsync(client, Request(1), [Request(2), Request(3), Request(4)]);
        _first.Release();
        await second.ReachedAsync();

        // The one whose turn it is, and one that was taken along.
        calls[1].Dispose();
        calls[2].Dispose();
        second.Release();

        Assert.Equal([4], Pictures(await ReadAsync(calls[3])));
        Assert.Equal([8], Pictures(await ReadAsync(client.GenerateImages(Request(8)))));
    }

    [Fact]
    public async Task GenerateImages_OneOfAGroupFails_TheOthersGoByThemselves()
    {
        var sampler = Sampler(refuses: batch => batch.Images.Any(i => i.Seed == 3));
        var (service, client) = await Host.StartAsync(_folder, sampler);
        await using var _ = service;
        var calls = await StartAsync(client, Request(1), [Request(2), Request(3), Request(4)]);
        _first.Release();

        Assert.Equal([2], Pictures(await ReadAsync(calls[1])));
        Assert.Equal("PICTURE_NOT_USABLE", (await CallErrors.OfAsync(() => ReadAsync(calls[2]))).Reason());
        Assert.Equal([4], Pictures(await ReadAsync(calls[3])));
    }

    private static GenerateImagesRequest Request(params int[] seeds) =>
        new() { Settings = new() { InferenceStepCount = 3 }, Images = { seeds.Select(seed => new ImagePrompt { Prompt = "a cat", Seed = seed }) } };

    private static GenerateImagesRequest Slower(int seed)
    {
        var request = Request(seed);
        request.Settings.InferenceStepCount = 5;
        return request;
    }

    // Who asks for a batch size gets batches of that size.
    private static GenerateImagesRequest Asked(int seed)
    {
        var request = Request(seed);
        request.Settings.BatchSize = 4;
        return request;
    }

    private static Task<List<GenerateImagesResponse>> ReadAsync(AsyncServerStreamingCall<GenerateImagesResponse> call) => call.ResponseStream.ReadAllAsync().ToListAsync().AsTask().DefaultTimeout();

    private static IEnumerable<int> Pictures(IEnumerable<GenerateImagesResponse> responses) => responses.Where(r => r.EventCase == GenerateImagesResponse.EventOneofCase.Image)
        .OrderBy(r => r.Image.Index).Select(r => (int)ImageDecoder.Decode(r.Image.Image.Data.Memory, ImageLimits.Default).Pixels[0]);

    private FakeSampler Sampler(SyncPoint? second = null, Predicate<Sampling.SamplingBatch>? refuses = null) => new()
    {
        BeforeStep = async (step, cancellationToken) => await (step == 1 ? _first.ReachAsync(CancellationToken.None) : step == 5 && second is not null ? second.ReachAsync(cancellationToken) : Task.CompletedTask),
        BeforeBatch = batch =>
        {
            if (refuses?.Invoke(batch) == true)
            {
                throw new SamplingException("The picture came out all black.");
            }
        },
    };

    // The first is at work; the others stand in line in order.
    private async Task<List<AsyncServerStreamingCall<GenerateImagesResponse>>> StartAsync(GenerationService.GenerationServiceClient client, GenerateImagesRequest first, GenerateImagesRequest[] others)
    {
        var calls = new List<AsyncServerStreamingCall<GenerateImagesResponse>> { client.GenerateImages(first) };
        await _first.ReachedAsync();
        foreach (var request in others)
        {
            var call = client.GenerateImages(request);
            calls.Add(call);
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None).DefaultTimeout());
            Assert.Equal(calls.Count - 1, call.ResponseStream.Current.Progress.QueuePosition);
        }

        return calls;
    }
}
