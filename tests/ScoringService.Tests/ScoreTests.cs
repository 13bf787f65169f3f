using Gal.Tests.Services;
using Gal.V1;
using Grpc.Core;

namespace Gal.Scoring.Tests;

public sealed class ScoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task ScoreSimilarity_RowsOfAnyLength_GivesCosines()
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeClip());
        await using var _ = service;

        var response = await client.ScoreSimilarityAsync(new()
        {
            Rows = new() { Embeddings = Host.Rows([3, 4], [0, 2]) },
            Columns = new() { Embeddings = Host.Rows([10, 0], [0, 1], [-1, 0]) },
        });

        Assert.Equal((2, 3), (response.RowCount, response.ColumnCount));
        Assert.Equal([0.6f, 0.8f, -0.6f, 0, 1, 0], response.Similarities, (a, b) => MathF.Abs(a - b) < 1e-6);
    }

    [Fact]
    public async Task ScoreSimilarity_DifferentDimensions_AreRefused()
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeClip());
        await using var _ = service;

        var error = await CallErrors.OfAsync(() => client.ScoreSimilarityAsync(new() { Rows = new() { Embeddings = Host.Rows([3, 4]) }, Columns = new() { Embeddings = Host.Rows([1, 2, 3]) } }).ResponseAsync);

        Assert.Equal("columns is 3 features wide; it must be 2 wide, as rows is.", error.Status.Detail);
    }

    [Fact]
    public async Task ScoreSimilarity_BytesThatDoNotFit_AreRefused()
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeClip());
        await using var _ = service;
        var rows = Host.Rows([3, 4]);
        rows.RowCount = 1_000_000_000;

        var error = await CallErrors.OfAsync(() => client.ScoreSimilarityAsync(new() { Rows = new() { Embeddings = rows }, Columns = new() { Embeddings = Host.Rows([1, 2]) } }).ResponseAsync);

        Assert.Equal(["rows.embeddings.data"], error.Fields());
    }

    [Fact]
    public async Task EvaluateDirections_ImagesAndEmbeddings_JudgeAlike()
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeClip());
        await using var _ = service;
        var shades = new[] { 0, 100, 200, 255 };
        var pictures = new FeatureSource { Images = new() { Images = { shades.Select(Host.Picture) } } };
        var embedded = new FeatureSource { Embeddings = Host.Rows([.. shades.Select(s => FakeClip.OfPicture((byte)s))]) };

        var response = await client.EvaluateDirectionsAsync(new()
        {
            Directions = { new DirectionImages { Prompt = "a cat in park", Images = pictures }, new DirectionImages { Prompt = "a cat in park", Images = embedded } },
            NonSoiTexts = { "a dog", "a bird" },
        });

        Assert.Equal(response.Directions[0], response.Directions[1]);
        var judged = response.Directions[0];
        Assert.Equal(judged.PromptSimilarities.Zip(judged.NonSoiSimilarities, (p, n) => !(p > n)), judged.OverfitFlags);
        Assert.Equal(judged.PromptSimilarities.IndexOf(judged.PromptSimilarities.Max()), judged.BestImageIndex);
        Assert.Equal(0.005 * judged.Uncertainty, response.Openness, 1e-12);
        Assert.Equal(4 + 3, response.WorkTimes.Single(t => t.Kind == WorkKind.Scoring).UnitCount);
    }

    [Fact]
    public async Task EvaluateDirections_NaNEmbedding_CountsAsOverfittedAndIsNeverBest()
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeClip());
        await using var _ = service;
        var rows = Host.Rows([float.NaN, 0, 0, 0], FakeClip.OfText("a cat"));

        var response = await client.EvaluateDirectionsAsync(new()
        {
            Directions = { new DirectionImages { Prompt = "a cat", Images = new() { Embeddings = rows } } },
            NonSoiTexts = { "a dog" },
            OpennessFactor = 1,
        });

        var judged = Assert.Single(response.Directions);
        Assert.True(float.IsNaN(judged.PromptSimilarities[0]));
        Assert.Equal([true, false], judged.OverfitFlags);
        Assert.Equal(1, judged.BestImageIndex);
        Assert.Equal(Math.Log(2), judged.Uncertainty, 1e-12);
        Assert.Equal(Math.Log(2), response.Openness, 1e-12);
    }

    [Fact]
    public async Task EvaluateDirections_LongPrompt_NamesTheWordsThatAreCut()
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeClip());
        await using var _ = service;

        var response = await client.EvaluateDirectionsAsync(new()
        {
            Directions = { new DirectionImages { Prompt = "very long", Images = new() { Images = new() { Images = { Host.Picture(0) } } } } },
            NonSoiTexts = { "a dog" },
        });

        Assert.Contains("\"the end\"", Assert.Single(response.Warnings).Message);
    }

    [Fact]
    public async Task EvaluateDirections_TextsOrOtherDimensions_AreRefused()
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeClip());
        await using var _ = service;

        var texts = await RefuseAsync(client, new() { Texts = new() { Texts = { "a cat" } } });
        var narrow = await RefuseAsync(client, new() { Embeddings = Host.Rows([1, 2]) });

        Assert.Equal(["directions[0].images.texts"], texts.Fields());
        Assert.Equal(["directions[0].images.embeddings.dimension"], narrow.Fields());
    }

    private static Task<RpcException> RefuseAsync(ScoringService.ScoringServiceClient client, FeatureSource images) => CallErrors.OfAsync(() =>
        client.EvaluateDirectionsAsync(new() { Directions = { new DirectionImages { Prompt = "a cat", Images = images } }, NonSoiTexts = { "a dog" } }).ResponseAsync);
}
