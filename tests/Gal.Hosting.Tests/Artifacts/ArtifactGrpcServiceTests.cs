using Gal.Tests.Services;
using Gal.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Gal.Hosting.Tests.Artifacts;

public sealed class ArtifactGrpcServiceTests : IDisposable
{
    private const string Absent = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(64 * 1024)]
    [InlineData(5_000_000)]
    public async Task UploadArtifact_AnySize_ComesBackInChunks(int size)
    {
        await using var service = await BareService.StartAsync(_folder);
        var client = new ArtifactService.ArtifactServiceClient(service.Invoker);
        var content = new byte[size];
        new Random(1).NextBytes(content);

        var artifact = await UploadAsync(client, content);
        var chunks = await DownloadAsync(client, artifact.Name);

        Assert.Equal(size, artifact.SizeBytes);
        Assert.All(chunks, c => Assert.InRange(c.Chunk.Length, 1, 64 * 1024));
        Assert.Equal(content, chunks.SelectMany(c => c.Chunk));
    }

    [Fact]
    public async Task DownloadArtifact_Absent_IsNotFoundWithItsName()
    {
        await using var service = await BareService.StartAsync(_folder);

        var error = await CallErrors.OfAsync(() => DownloadAsync(new(service.Invoker), Absent));

        Assert.Equal(StatusCode.NotFound, error.StatusCode);
        Assert.Equal(Absent, error.Details().GetDetail<Google.Rpc.ResourceInfo>()!.ResourceName);
    }

    [Fact]
    public async Task DownloadArtifact_NameThatIsAPath_IsRefused()
    {
        await using var service = await BareService.StartAsync(_folder);

        var error = await CallErrors.OfAsync(() => DownloadAsync(new(service.Invoker), "sha256:../../etc/passwd"));

        Assert.Equal(["name"], error.Fields());
    }

    [Fact]
    public async Task DownloadArtifact_DamagedOnDisk_IsDataLossWithoutThePath()
    {
        string name;
        await using (var service = await BareService.StartAsync(_folder))
        {
            name = (await UploadAsync(new(service.Invoker), [1, 2, 3])).Name;
        }

        File.WriteAllBytes(Directory.EnumerateFiles(_folder.Path, name[7..], SearchOption.AllDirectories).Single(), [1, 2, 4]);
        await using var second = await BareService.StartAsync(_folder);
        var error = await CallErrors.OfAsync(() => DownloadAsync(new(second.Invoker), name));

        Assert.Equal(StatusCode.DataLoss, error.StatusCode);
        Assert.DoesNotContain(_folder.Path, error.ToString());
    }

    [Fact]
    public async Task UploadArtifact_StreamThatBreaks_LeavesNothing()
    {
        await using (var service = await BareService.StartAsync(_folder))
        {
            var client = new ArtifactService.ArtifactServiceClient(service.Invoker);
            await UploadAsync(client, [1, 2, 3]);
            using var call = client.UploadArtifact();
            await call.RequestStream.WriteAsync(new() { Chunk = ByteString.CopyFrom(new byte[1000]) });
        }

        Assert.Single(Directory.EnumerateFiles(Path.Combine(_folder.Path, "artifacts", "objects"), "*", SearchOption.AllDirectories));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_folder.Path, "artifacts", "temporary")));
    }

    [Fact]
    public async Task UploadArtifact_ChunkOverTheLimit_IsRefused()
    {
        await using var service = await BareService.StartAsync(_folder);

        var error = await CallErrors.OfAsync(() => UploadAsync(new(service.Invoker), new byte[1024 * 1024 + 1], chunkSize: 2 * 1024 * 1024));

        Assert.Equal(["chunk"], error.Fields());
    }

    private static async Task<Artifact> UploadAsync(ArtifactService.ArtifactServiceClient client, byte[] content, int chunkSize = 100_000)
    {
        using var call = client.UploadArtifact();
        foreach (var chunk in content.Chunk(chunkSize))
        {
            await call.RequestStream.WriteAsync(new() { Chunk = ByteString.CopyFrom(chunk) });
        }

        await call.RequestStream.CompleteAsync();
        return await call.ResponseAsync.DefaultTimeout();
    }

    private static async Task<List<DownloadArtifactResponse>> DownloadAsync(ArtifactService.ArtifactServiceClient client, string name)
    {
        using var call = client.DownloadArtifact(new() { Name = name });
        return await call.ResponseStream.ReadAllAsync().ToListAsync().AsTask().DefaultTimeout();
    }
}
