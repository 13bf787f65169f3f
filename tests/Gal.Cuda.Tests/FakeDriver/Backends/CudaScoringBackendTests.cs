using FsCheck.Xunit;
using Gal.ActiveLearning.Directions;
using Gal.Scoring.Backends;
using Gal.Scoring.Tests.Backends;

namespace Gal.Cuda.Tests.FakeDriver.Backends;

[Collection(DriverCollection.Name)]
public sealed class CudaScoringBackendTests : IDisposable
{
    private readonly CpuScoringBackend _processor = new("Not asked for.");
    private readonly CudaScoringBackend _card;

    public CudaScoringBackendTests()
    {
        FakeCuda.Reset();
        _card = new CudaScoringBackend(ScoringKernels.Open());
    }

    public void Dispose()
    {
        _card.Dispose();
        _processor.Dispose();
    }

    [Fact]
    public void Status_NamesTheCard()
    {
        Assert.Equal(("cuda", "emulated card"), (_card.Status.Name, _card.Status.Device));
        Assert.Null(_card.Status.WhyNotCuda);
    }

    [Theory]
    [InlineData(128)]
    [InlineData(512)]
    [InlineData(77)]
    public void ComputeSimilarities_BothBackends_AreWithin1e6(int dimension)
    {
        var (rows, columns) = (Features.Rows(Features.Random(23, dimension, 1), dimension), Features.Rows(Features.Random(19, dimension, 2), dimension));
        var (card, processor) = (new float[23 * 19], new float[23 * 19]);

        _card.ComputeSimilarities(rows, columns, card);
        _processor.ComputeSimilarities(rows, columns, processor);

        Assert.All(card.Zip(processor), pair => Assert.Equal(pair.Second, pair.First, 1e-6f));
    }

    [Fact]
    public void ComputeSimilarities_NoRows_IsEmpty() => _card.ComputeSimilarities(Features.Rows([], 8), Features.Rows(new float[8], 8), Array.Empty<float>());

    [Property(MaxTest = 25)]
    public void EvaluateDirections_BothBackends_DecideAlike(int seed)
    {
        var random = new Random(seed);
        var round = Rounds.Random(random.Next(1, 8), random.Next(1, 5), random.Next(16, 140), random.Next(1000));

        var card = _card.EvaluateDirections(round, 0.005);

        Rounds.AssertEqual(_processor.EvaluateDirections(round, 0.005), card);
        Rounds.AssertEqual(Rounds.Judge(round, 0.005), card);
    }

    [Fact]
    public void EvaluateDirections_TiesAndNaN_AreOverfittedOnBoth()
    {
        const int Dimension = 36;
        var prompts = Features.Random(2, Dimension, 1);
        var images = Features.Random(12, Dimension, 2);
        prompts.AsSpan(0, Dimension).CopyTo(images.AsSpan(4 * Dimension));
        prompts.AsSpan(0, Dimension).CopyTo(images.AsSpan(2 * Dimension));
        images[0] = float.NaN;
        images[7 * Dimension] = float.PositiveInfinity;
        var round = Rounds.Of([6, 6], images, prompts, [.. Features.Random(1, Dimension, 3), .. prompts[Dimension..]], Dimension);

        var card = _card.EvaluateDirections(round, 1);

        Rounds.AssertEqual(_processor.EvaluateDirections(round, 1), card);
        Assert.Equal(2, card.Directions[0].BestImageIndex);
        Assert.Equal(6, card.Directions[1].OverfitCount);
    }

    [Fact]
    public void Kernel_FusedDecisions_AreTheMethodsOwn()
    {
        var round = Rounds.Random(7, 3, 64, 5);
        using var images = Matrix.Of(round.Images.ToHost().ToArray(), 64);
        using var prompts = Matrix.Of(round.Prompts.ToHost().ToArray(), 64);
        using var texts = Matrix.Of(round.NonSoiTexts.ToHost().ToArray(), 64);
        using var kernels = ScoringKernels.Open();

        var fused = kernels.JudgeDirections(images.Device, round.ImageCounts, prompts.Device, texts.Device, 0.005f);

        var method = _card.EvaluateDirections(round, 0.005);
        Assert.Equal(method.Directions.SelectMany(d => d.OverfitFlags), fused.OverfitFlags.Select(f => f == 1));
        Assert.Equal(method.Directions.Select(d => d.OverfitCount), fused.OverfitCounts);
        Assert.Equal(method.Directions.Select(d => d.BestImageIndex ?? -1), fused.BestImages);
        Assert.All(method.Directions.Zip(fused.Uncertainties), pair => Assert.Equal(pair.First.Uncertainty, pair.Second, 3e-7));
        Assert.Equal(method.Openness, fused.Openness, 1e-8);
        Assert.Equal(method.Ranking, kernels.SelectTopK(fused.Uncertainties, 7));
    }

    [Fact]
    public void EvaluateDirections_EmbeddingsOnTheCard_AreNotCopied()
    {
        using var images = Matrix.Random(6, 16, 1);
        using var prompts = Matrix.Random(2, 16, 2);
        using var texts = Matrix.Random(1, 16, 3);
        var before = FakeCuda.AllocationCount;
        static DeviceEmbeddings Wrap(Matrix m) => new(m.Device, 0, () => throw new InvalidOperationException("Copied to the host."));

        RoundJudgement judgement = _card.EvaluateDirections(new RoundEmbeddings(Wrap(images), [3, 3], Wrap(prompts), Wrap(texts)), 1);

        Rounds.AssertEqual(Rounds.Judge(Rounds.Of([3, 3], images.Host, prompts.Host, texts.Host, 16), 1), judgement);
        Assert.InRange(FakeCuda.AllocationCount - before, 0, 3); // the kernels' own buffers, kept from call to call
    }

    [Fact]
    public void ComputeSimilarities_HalfOnTheCardAndSingleOnTheHost_MeetAsSingle()
    {
        using var rows = Matrix.Random(3, 16, 1, ElementType.Float16);
        var onCard = new DeviceEmbeddings(rows.Device, 0, () => rows.Host);
        var columns = Features.Random(2, 16, 2);
        var similarities = new float[6];

        _card.ComputeSimilarities(onCard, Features.Rows(columns, 16), similarities);

        Assert.Equal(Matrix.Cosine(rows.Row(2), columns.AsSpan(16, 16)), similarities[5], 1e-6);
    }
}
