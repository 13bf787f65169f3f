using System.Runtime.InteropServices;
using Gal.Diffusion.Runtime;
using Gal.Imaging;
using Gal.Scoring;
using Gal.Scoring.Embedding;
using Gal.Tests;
using Gal.Tests.Services;
using Gal.V1;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using TorchSharp;

namespace Gal.Cuda.Tests.FakeDriver.Backends;

/// <summary>The whole way: gRPC, service, backend, binding, driver, kernel.</summary>
[Collection(DriverCollection.Name)]
public sealed class ScoringServiceOnACardTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ScoringServiceOnACardTests() => FakeCuda.Reset();

    public void Dispose()
    {
        FakeCuda.Reset();
        _folder.Dispose();
    }

    [Fact]
    public async Task ScoreSimilarity_WithACard_RunsTheKernelAndCapabilitiesNameIt()
    {
        var options = RunningService.Settle(new ScoringServiceOptions { ModelFolders = [Repository.EmojiModel] }, _folder);
        await using var service = await RunningService.StartAsync(ScoringServiceHost.Build(options));
        var client = new ScoringService.ScoringServiceClient(service.Invoker);

        var response = await client.ScoreSimilarityAsync(new() { Rows = new() { Embeddings = Rows([3, 4]) }, Columns = new() { Embeddings = Rows([10, 0]) } });
        var capabilities = await client.GetCapabilitiesAsync(new());

        Assert.Equal([0.6f], response.Similarities, (a, b) => MathF.Abs(a - b) < 1e-6);
        Assert.StartsWith("cosine_f32", FakeCuda.LastKernel, StringComparison.Ordinal);
        var kernels = Assert.Single(capabilities.Components, c => c.Name == "cuda kernels");
        Assert.True(kernels.Available);
        Assert.StartsWith("emulated card: ", kernels.Detail, StringComparison.Ordinal);
    }

    // A processor's tensor plays the card's, since the stand-in card's memory is the host's.
    [Fact]
    public async Task EvaluateDirections_ClipOnTheCard_CopiesNoFeaturesAndJudgesAlike()
    {
        await using var copying = await StartAsync(new("cpu", KeepsFeatures: false));
        await using var keeping = await StartAsync(new("cpu", KeepsFeatures: true));
        var request = new EvaluateDirectionsRequest
        {
            Directions = { Direction("a cat", 1, 2, 3), Direction("a chair in watercolor painting style", 4, 5) },
            NonSoiTexts = { "a dog", "watercolor painting style", "a cat" },
        };

        var (copied, expected) = await CountAsync(copying, request);
        var (kept, judged) = await CountAsync(keeping, request);
        var (again, repeated) = await CountAsync(keeping, request);

        const int FirstImages = 3 * sizeof(int); // where each direction's images begin
        Assert.Equal(((5 + 2 + 3) * 128 * sizeof(float)) + FirstImages, copied);
        Assert.Equal((FirstImages, FirstImages), (kept, again));
        Assert.Equal(expected.Directions, judged.Directions);
        Assert.Equal(expected.Directions, repeated.Directions);
    }

    [Fact]
    public async Task ScoreSimilarity_ClipOnTheCard_CopiesNothing()
    {
        await using var service = await StartAsync(new("cpu", KeepsFeatures: true));
        var client = new ScoringService.ScoringServiceClient(service.Invoker);
        var pictures = Direction("", 1, 2, 3).Images;
        var texts = new FeatureSource { Texts = new() { Texts = { "a cat", "a dog" } } };
        var before = FakeCuda.UploadedBytes;

        var scored = await client.ScoreSimilarityAsync(new() { Rows = pictures, Columns = texts });

        Assert.Equal(before, FakeCuda.UploadedBytes);
        var rows = await client.EmbedImagesAsync(new() { Images = { pictures.Images.Images } });
        var columns = await client.EmbedTextsAsync(new() { Texts = { texts.Texts.Texts } });
        var given = await client.ScoreSimilarityAsync(new() { Rows = new() { Embeddings = rows }, Columns = new() { Embeddings = columns } });
        Assert.Equal(given.Similarities, scored.Similarities);
    }

    [Fact]
    public async Task EvaluateDirections_SomeEmbeddingsGivenAndClipOnTheCard_JudgesAlike()
    {
        await using var service = await StartAsync(new("cpu", KeepsFeatures: true));
        var client = new ScoringService.ScoringServiceClient(service.Invoker);
        var pictures = Direction("a cat", 1, 2, 3);
        var given = new DirectionImages { Prompt = "a cat", Images = new() { Embeddings = await client.EmbedImagesAsync(new() { Images = { pictures.Images.Images.Images } }) } };

        var response = await client.EvaluateDirectionsAsync(new() { Directions = { pictures, given }, NonSoiTexts = { "a dog" } });

        Assert.Equal(response.Directions[0], response.Directions[1]);
    }

    [Fact]
    public async Task EvaluateDirections_ClipOnTheCardCalledAgainAndAgain_KeepsTensorsConstant()
    {
        await using var service = await StartAsync(new("cpu", KeepsFeatures: true));
        var request = new EvaluateDirectionsRequest { Directions = { Direction("a cat", 1, 2, 3) }, NonSoiTexts = { "a dog", "a bird", "a house" } };
        await CountAsync(service, request);
        // What earlier tests left to the collector goes now, or it would go while this one counts.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = torch.Tensor.TotalCount;

        for (var i = 0; i < 10; i++)
        {
            await CountAsync(service, request);
        }

        Assert.InRange(torch.Tensor.TotalCount, 1, before);
    }

    private async Task<RunningService> StartAsync(ClipPlacement placement)
    {
        var options = RunningService.Settle(new ScoringServiceOptions { ModelFolders = [Repository.EmojiModel], BatchSize = 2, TextCacheCapacity = 3 }, _folder);
        return await RunningService.StartAsync(ScoringServiceHost.Build(options, services =>
            services.AddSingleton<IClipEncoder>(provider => new ClipEncoder(provider.GetRequiredService<DeviceWorker>(), () => placement))));
    }

    private static async Task<(long UploadedBytes, EvaluateDirectionsResponse Response)> CountAsync(RunningService service, EvaluateDirectionsRequest request)
    {
        var before = FakeCuda.UploadedBytes;
        var response = await new ScoringService.ScoringServiceClient(service.Invoker).EvaluateDirectionsAsync(request);
        return (FakeCuda.UploadedBytes - before, response);
    }

    private static DirectionImages Direction(string prompt, params int[] shades) => new() { Prompt = prompt, Images = new() { Images = new() { Images = { shades.Select(Picture) } } } };

    private static Image Picture(int shade)
    {
        var pixels = new byte[16 * 16 * 3];
        new Random(shade).NextBytes(pixels);
        return new() { Data = ByteString.CopyFrom(PngEncoder.Encode(new RgbImage(16, 16, pixels))) };
    }

    private static Embeddings Rows(float[] row) => new() { Data = ByteString.CopyFrom(MemoryMarshal.AsBytes<float>(row)), RowCount = 1, Dimension = row.Length };
}
