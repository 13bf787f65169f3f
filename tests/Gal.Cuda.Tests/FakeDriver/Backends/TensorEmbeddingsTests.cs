using Gal.Diffusion.Runtime;
using Gal.Scoring.Backends;
using Gal.Scoring.Tests.Backends;
using TorchSharp;

namespace Gal.Cuda.Tests.FakeDriver.Backends;

/// <summary>A processor's tensor plays the card's, since the stand-in card's memory is the host's.</summary>
[Collection(DriverCollection.Name)]
public sealed class TensorEmbeddingsTests : IDisposable
{
    private readonly FakeCuda _cuda = FakeCuda.Open();
    private readonly DisposeScope _scope;

    public TensorEmbeddingsTests()
    {
        TorchRuntime.EnsureLoaded();
        _scope = torch.NewDisposeScope();
    }

    public void Dispose()
    {
        _scope.Dispose();
        _cuda.Dispose();
    }

    [Theory]
    [InlineData(torch.ScalarType.Float32)]
    [InlineData(torch.ScalarType.Float16)]
    [InlineData(torch.ScalarType.BFloat16)]
    public void Locate_Tensor_IsReadByTheKernelsWhereItLies(torch.ScalarType dtype)
    {
        using var generator = new torch.Generator(1);
        var rows = torch.randn([5, 128], generator: generator).to(dtype);
        var columns = torch.randn([3, 128], generator: generator).to(dtype);

        var similarities = _cuda.Kernels.ComputeCosines(TensorEmbeddings.Locate(rows), TensorEmbeddings.Locate(columns));

        var (x, y) = (rows.to(torch.float64), columns.to(torch.float64));
        var expected = torch.nn.functional.normalize(x, dim: 1).matmul(torch.nn.functional.normalize(y, dim: 1).t()).data<double>().ToArray();
        Assert.All(expected.Zip(similarities), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
    }

    [Fact]
    public void Locate_SliceOfATensor_ScoresAsItsCloneDoes()
    {
        using var generator = new torch.Generator(2);
        var all = torch.randn([7, 64], generator: generator);
        var slice = all.slice(0, 2, 5, 1);
        var texts = TensorEmbeddings.Locate(torch.randn([2, 64], generator: generator));

        var bySlice = _cuda.Kernels.ComputeCosines(TensorEmbeddings.Locate(slice), texts);
        var byClone = _cuda.Kernels.ComputeCosines(TensorEmbeddings.Locate(slice.clone()), texts);

        Assert.Equal(2 * 64, slice.storage_offset());
        Assert.Equal(byClone, bySlice);
    }

    [Theory]
    [InlineData(torch.ScalarType.Float32)]
    [InlineData(torch.ScalarType.BFloat16)]
    public void OnCard_SlicesOfTensors_AreJudgedWithoutACopyOfThem(torch.ScalarType dtype)
    {
        using var generator = new torch.Generator(3);
        var all = torch.randn([9, 40], generator: generator).to(dtype);
        var (images, prompts, texts) = (all.slice(0, 1, 5, 1), all.slice(0, 5, 7, 1), all.slice(0, 7, 9, 1));
        using var processor = new CpuScoringBackend("Not asked for.");
        using var card = new CudaScoringBackend(ScoringKernels.Open());
        var round = new RoundEmbeddings(TensorEmbeddings.OnCard(images), [2, 2], TensorEmbeddings.OnCard(prompts), TensorEmbeddings.OnCard(texts));
        var before = FakeCuda.UploadedBytes;

        var judged = card.EvaluateDirections(round, 0.005);

        Assert.Equal(3 * sizeof(int), FakeCuda.UploadedBytes - before); // where each direction's images begin
        Rounds.AssertEqual(processor.EvaluateDirections(round, 0.005), judged);
    }

    [Fact]
    public void OnCard_TensorOfAnotherCard_IsCopied()
    {
        var rows = torch.tensor(new float[] { 1, 0, 0, 1 }).reshape(2, 2);
        var elsewhere = new DeviceEmbeddings(TensorEmbeddings.Locate(rows), 1, () => rows.data<float>().ToArray());
        using var card = new CudaScoringBackend(ScoringKernels.Open());
        var (before, similarities) = (FakeCuda.UploadedBytes, new float[4]);

        card.ComputeSimilarities(elsewhere, TensorEmbeddings.OnCard(rows), similarities);

        Assert.Equal(4 * sizeof(float), FakeCuda.UploadedBytes - before);
        Assert.Equal([1, 0, 0, 1], similarities);
    }

    [Fact]
    public void Locate_TransposedOrOfAnotherShapeOrType_SaysWhatItMustBe()
    {
        Assert.Contains("[3, 2] that is not contiguous", Assert.Throws<ArgumentException>(() => TensorEmbeddings.Locate(torch.zeros(2, 3).t())).Message, StringComparison.Ordinal);
        Assert.Contains("shape [4]", Assert.Throws<ArgumentException>(() => TensorEmbeddings.Locate(torch.zeros(4))).Message, StringComparison.Ordinal);
        Assert.Contains("are Float64", Assert.Throws<ArgumentException>(() => TensorEmbeddings.Locate(torch.zeros(2, 2, torch.float64))).Message, StringComparison.Ordinal);
    }
}
