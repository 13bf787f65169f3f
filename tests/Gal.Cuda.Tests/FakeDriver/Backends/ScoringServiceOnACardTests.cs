using System.Runtime.InteropServices;
using Gal.Scoring;
using Gal.Tests;
using Gal.Tests.Services;
using Gal.V1;
using Google.Protobuf;

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

    private static Embeddings Rows(float[] row) => new() { Data = ByteString.CopyFrom(MemoryMarshal.AsBytes<float>(row)), RowCount = 1, Dimension = row.Length };
}
