namespace Gal.Cuda.Tests.FakeDriver;

[Collection(DriverCollection.Name)]
public sealed class ShapeTests : IDisposable
{
    private readonly FakeCuda _cuda = FakeCuda.Open();
    private readonly Matrix _rows = Matrix.Random(4, 16, 1);

    public void Dispose()
    {
        _rows.Dispose();
        _cuda.Dispose();
    }

    [Fact]
    public void ComputeCosines_DimensionsOrTypesDiffer_SaysBoth()
    {
        var error = Assert.Throws<ArgumentException>(() => _cuda.Kernels.ComputeCosines(_rows.Device, _rows.Device with { Dimension = 8 }));

        Assert.Contains("The rows are Float32 of dimension 16, the columns Float32 of dimension 8", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => _cuda.Kernels.ComputeCosines(_rows.Device, _rows.Device with { Type = ElementType.Float16 }));
    }

    [Fact]
    public void ComputeCosines_TooManyCosines_SaysTheLimit()
    {
        var error = Assert.Throws<ArgumentException>(() => _cuda.Kernels.ComputeCosines(_rows.Device with { RowCount = 1 << 20 }, _rows.Device with { RowCount = 1 << 12 }));

        Assert.Contains("4294967296 cosines; one call makes at most 2147483647", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ComputeCosinesOnTensorCores_Float32OrOddDimension_SaysWhatTheyTake()
    {
        Assert.Contains("take float16 or bfloat16", Assert.Throws<ArgumentException>(() => _cuda.Kernels.ComputeCosinesOnTensorCores(_rows.Device, _rows.Device)).Message, StringComparison.Ordinal);
        var half = _rows.Device with { Type = ElementType.Float16, Dimension = 24 };
        Assert.Contains("multiple of 16", Assert.Throws<ArgumentException>(() => _cuda.Kernels.ComputeCosinesOnTensorCores(half, half)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void JudgeDirections_CountsDoNotAddUp_SaysWhatARoundIs()
    {
        var one = _rows.Device with { RowCount = 1 };

        Assert.Contains("must add up", Assert.Throws<ArgumentException>(() => _cuda.Kernels.JudgeDirections(_rows.Device, [3], one, one, 1)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => _cuda.Kernels.JudgeDirections(_rows.Device, [4, 0], _rows.Device with { RowCount = 2 }, one, 1));
        Assert.Throws<ArgumentException>(() => _cuda.Kernels.JudgeDirections(_rows.Device, [4], _rows.Device with { RowCount = 2 }, one, 1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(ScoringKernels.MaxTextCount + 1)]
    public void JudgeDirections_TextsOutOfRange_SaysTheRange(int textCount)
    {
        var error = Assert.Throws<ArgumentException>(() => _cuda.Kernels.JudgeDirections(_rows.Device, [4], _rows.Device with { RowCount = 1 }, _rows.Device with { RowCount = textCount }, 1));

        Assert.Contains($"There are {textCount} non-SoI texts; a round is judged against 1 to 12000.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public void SelectTopK_KOutOfRange_Throws(int k) => Assert.Throws<ArgumentOutOfRangeException>(() => _cuda.Kernels.SelectTopK([1, 2, 3], k));
}
