using Gal.Diffusion.Runtime;
using Gal.Scoring.Backends;
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

    [Fact]
    public void From_TensorOnTheProcessor_IsCopied()
    {
        var rows = TensorEmbeddings.From(torch.tensor(new float[] { 1, 2, 3, 4 }).reshape(2, 2));

        Assert.Equal([1, 2, 3, 4], Assert.IsType<HostEmbeddings>(rows).ToHost().ToArray());
        Assert.Equal((2, 2), (rows.RowCount, rows.Dimension));
    }

    [Fact]
    public void Locate_TransposedOrOfAnotherShapeOrType_SaysWhatItMustBe()
    {
        Assert.Contains("[3, 2] that is not contiguous", Assert.Throws<ArgumentException>(() => TensorEmbeddings.Locate(torch.zeros(2, 3).t())).Message, StringComparison.Ordinal);
        Assert.Contains("shape [4]", Assert.Throws<ArgumentException>(() => TensorEmbeddings.Locate(torch.zeros(4))).Message, StringComparison.Ordinal);
        Assert.Contains("are Float64", Assert.Throws<ArgumentException>(() => TensorEmbeddings.Locate(torch.zeros(2, 2, torch.float64))).Message, StringComparison.Ordinal);
    }
}
