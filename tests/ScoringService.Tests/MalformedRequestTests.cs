using Gal.Tests.Services;
using Gal.V1;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Health.V1;

namespace Gal.Scoring.Tests;

public sealed class MalformedRequestTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task ThousandMalformedRequests_NoneIsAnInternalError()
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeClip());
        await using var _ = service;
        var images = new EmbedImagesRequest { Images = { Host.Picture(1), Host.Picture(2) } };
        var embeddings = new FeatureSource { Embeddings = Host.Rows([1, float.NaN, 0, 0], [0, 1, 0, 0]) };
        var valid = new Dictionary<string, IMessage>
        {
            ["EmbedImages"] = images,
            ["StreamEmbedImages"] = images,
            ["EmbedTexts"] = new EmbedTextsRequest { Texts = { "a cat", "a dog" } },
            ["ScoreSimilarity"] = new ScoreSimilarityRequest { Rows = embeddings, Columns = embeddings },
            ["EvaluateDirections"] = new EvaluateDirectionsRequest { Directions = { new DirectionImages { Prompt = "a cat", Images = embeddings } }, NonSoiTexts = { "a dog" } },
        };

        var outcomes = await new Fuzzer(service.Invoker, seed: 1).RunAsync(ScoringService.Descriptor, valid, 1000);

        var artifacts = new Dictionary<string, IMessage>
        {
            ["DownloadArtifact"] = new DownloadArtifactRequest { Name = $"sha256:{new string('a', 64)}" },
            ["UploadArtifact"] = new UploadArtifactRequest { Chunk = ByteString.CopyFromUtf8("a part") },
        };
        foreach (var (status, count) in await new Fuzzer(service.Invoker, seed: 4).RunAsync(ArtifactService.Descriptor, artifacts, 200))
        {
            outcomes[status] = outcomes.GetValueOrDefault(status) + count;
        }

        Assert.DoesNotContain(StatusCode.Internal, outcomes.Keys);
        Assert.DoesNotContain(StatusCode.Unknown, outcomes.Keys);
        Assert.InRange(outcomes[StatusCode.InvalidArgument], 600, 1200);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, (await new Health.HealthClient(service.Invoker).CheckAsync(new())).Status);
        Assert.Equal(2, (await client.EmbedImagesAsync(images)).RowCount);
    }

    [Fact]
    public async Task EmbedImages_TruncatedPictures_AreAllRefusedByField()
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeClip());
        await using var _ = service;
        var whole = Host.Picture(7).Data;

        for (var length = 1; length < whole.Length; length += 3)
        {
            var request = new EmbedImagesRequest { Images = { new Image { Data = ByteString.CopyFrom(whole.Span[..length]) } } };
            var error = await CallErrors.OfAsync(() => client.EmbedImagesAsync(request).ResponseAsync);
            Assert.Equal(["images[0]"], error.Fields());
        }
    }
}
