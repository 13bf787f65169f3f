using ManagedCuda;

namespace Gal.Cuda.Tests.FakeDriver;

[Collection(DriverCollection.Name)]
public sealed class ScoringKernelsTests : IDisposable
{
    private readonly FakeCuda _cuda = FakeCuda.Open();

    public void Dispose() => _cuda.Dispose();

    [Fact]
    public void Open_NamesTheCardAndTheDriver()
    {
        Assert.Equal("emulated card", _cuda.Kernels.DeviceName);
        Assert.Equal(new Version(13, 0), _cuda.Kernels.DriverVersion);
    }

    [Theory]
    [InlineData(128, ElementType.Float32, 0, "cosine_f32_128")]
    [InlineData(512, ElementType.Float16, 0, "cosine_f16_512")]
    [InlineData(768, ElementType.BFloat16, 0, "cosine_bf16_768")]
    [InlineData(1024, ElementType.Float32, 0, "cosine_f32_1024")]
    [InlineData(640, ElementType.Float32, 0, "cosine_f32_v4")]
    [InlineData(512, ElementType.Float32, 1, "cosine_f32_v1")]
    [InlineData(77, ElementType.Float16, 0, "cosine_f16_v1")]
    [InlineData(20, ElementType.BFloat16, 0, "cosine_bf16_v4")]
    public void ComputeCosines_EveryForm_IsWithin1e6OfDouble(int dimension, ElementType type, int offset, string kernel)
    {
        using var rows = Matrix.Random(21, dimension, 1, type, offset);
        using var columns = Matrix.Random(30, dimension, 2, type);

        var similarities = _cuda.Kernels.ComputeCosines(rows.Device, columns.Device);

        Assert.Equal(kernel, FakeCuda.LastKernel);
        AssertCosines(rows, columns, similarities);
    }

    [Theory]
    [InlineData(ElementType.Float16, "cosine_mma_f16")]
    [InlineData(ElementType.BFloat16, "cosine_mma_bf16")]
    public void ComputeCosinesOnTensorCores_BothTypes_AreWithin2e6OfDouble(ElementType type, string kernel)
    {
        using var rows = Matrix.Random(35, 48, 1, type);
        using var columns = Matrix.Random(70, 48, 2, type);

        var similarities = _cuda.Kernels.ComputeCosinesOnTensorCores(rows.Device, columns.Device);

        Assert.Equal(kernel, FakeCuda.LastKernel);
        AssertCosines(rows, columns, similarities);
    }

    [Fact]
    public void ComputeCosines_LeftOnTheCard_AreTheSame()
    {
        using var rows = Matrix.Random(5, 32, 1, ElementType.BFloat16);
        using var columns = Matrix.Random(3, 32, 2, ElementType.BFloat16);
        using var onCard = new CudaDeviceVariable<float>(15);
        var values = new float[15];

        _cuda.Kernels.ComputeCosines(rows.Device, columns.Device, onCard);
        onCard.CopyToHost(values);
        Assert.Equal(_cuda.Kernels.ComputeCosines(rows.Device, columns.Device), values);

        _cuda.Kernels.ComputeCosinesOnTensorCores(rows.Device, columns.Device, onCard);
        onCard.CopyToHost(values);
        Assert.Equal(_cuda.Kernels.ComputeCosinesOnTensorCores(rows.Device, columns.Device), values);

        using var tooSmall = new CudaDeviceVariable<float>(14);
        Assert.Contains("room for 14 values; these matrices make 15", Assert.Throws<ArgumentException>(() => _cuda.Kernels.ComputeCosines(rows.Device, columns.Device, tooSmall)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(128, ElementType.Float32)]
    [InlineData(77, ElementType.BFloat16)]
    public void ComputeRowNorms_Rows_AreThoseOfDouble(int dimension, ElementType type)
    {
        using var rows = Matrix.Random(9, dimension, 1, type);

        var norms = _cuda.Kernels.ComputeRowNorms(rows.Device);

        for (var i = 0; i < 9; i++)
        {
            Assert.Equal(Math.Sqrt(rows.Row(i).ToArray().Sum(v => (double)v * v)), norms[i], 1e-5);
        }
    }

    [Fact]
    public void ComputeCosines_NoRows_IsEmpty()
    {
        using var columns = Matrix.Random(2, 8, 2);

        Assert.Empty(_cuda.Kernels.ComputeCosines(columns.Device with { RowCount = 0 }, columns.Device));
        Assert.Empty(_cuda.Kernels.ComputeRowNorms(columns.Device with { RowCount = 0 }));
    }

    [Theory]
    [InlineData(512, ElementType.Float32, "judge_directions_f32_v4")]
    [InlineData(33, ElementType.Float16, "judge_directions_f16_v1")]
    public void JudgeDirections_UnequalDirections_JudgesEachByItsOwnImages(int dimension, ElementType type, string kernel)
    {
        int[] counts = [10, 1, 7];
        using var images = Matrix.Random(18, dimension, 1, type);
        using var prompts = Matrix.Random(3, dimension, 2, type);
        using var texts = Matrix.Random(2, dimension, 3, type);

        var outcome = _cuda.Kernels.JudgeDirections(images.Device, counts, prompts.Device, texts.Device, 0.5f);

        Assert.Equal(kernel, FakeCuda.LastKernel);
        var first = 0;
        for (var d = 0; d < counts.Length; d++)
        {
            var own = outcome.PromptSimilarities.AsSpan(first, counts[d]).ToArray();
            for (var j = 0; j < counts[d]; j++)
            {
                Assert.Equal(Matrix.Cosine(images.Row(first + j), prompts.Row(d)), own[j], 1e-6);
                Assert.Equal(Math.Max(Matrix.Cosine(images.Row(first + j), texts.Row(0)), Matrix.Cosine(images.Row(first + j), texts.Row(1))), outcome.NonSoiSimilarities[first + j], 1e-6);
                Assert.Equal(own[j] > outcome.NonSoiSimilarities[first + j] ? 0 : 1, outcome.OverfitFlags[first + j]);
            }

            Assert.Equal(outcome.OverfitFlags.AsSpan(first, counts[d]).ToArray().Sum(), outcome.OverfitCounts[d]);
            Assert.Equal(Array.IndexOf(own, own.Max()), outcome.BestImages[d]);
            Assert.Equal(0, outcome.NotFiniteCounts[d]);
            first += counts[d];
        }

        Assert.Equal(0.5f * outcome.Uncertainties.Average(), outcome.Openness, 1e-6f);
    }

    [Fact]
    public void JudgeDirections_SecondRoundIsSmaller_IsJudgedAlike()
    {
        using var images = Matrix.Random(12, 16, 1);
        using var prompts = Matrix.Random(2, 16, 2);
        using var texts = Matrix.Random(1, 16, 3);

        var both = _cuda.Kernels.JudgeDirections(images.Device, [6, 6], prompts.Device, texts.Device, 1);
        var first = _cuda.Kernels.JudgeDirections(images.Device with { RowCount = 6 }, [6], prompts.Device with { RowCount = 1 }, texts.Device, 1);

        Assert.Equal(both.PromptSimilarities[..6], first.PromptSimilarities);
        Assert.Equal(both.Uncertainties[0], first.Openness);
    }

    [Fact]
    public void SelectTopK_Ties_GoToTheLowerIndex() =>
        Assert.Equal([2, 0, 3, 4], _cuda.Kernels.SelectTopK([0.5f, 0.1f, 0.69f, 0.5f, 0.5f, float.NaN], 4));

    [Fact]
    public void Calls_FromSeveralThreads_AreIndependent()
    {
        using var rows = Matrix.Random(6, 24, 1);
        using var columns = Matrix.Random(5, 24, 2);
        var expected = _cuda.Kernels.ComputeCosines(rows.Device, columns.Device);

        Parallel.For(0, 16, _ => Assert.Equal(expected, _cuda.Kernels.ComputeCosines(rows.Device, columns.Device)));
    }

    [Fact]
    public void Dispose_FreesAllDeviceMemory()
    {
        var before = FakeCuda.AllocationCount;
        using (var kernels = ScoringKernels.Open())
        {
            _ = kernels.SelectTopK([1, 2, 3], 2);
            Assert.True(FakeCuda.AllocationCount > before);
        }

        Assert.Equal(before, FakeCuda.AllocationCount);
    }

    private static void AssertCosines(Matrix rows, Matrix columns, float[] similarities)
    {
        var m = columns.Device.RowCount;
        Assert.Equal(rows.Device.RowCount * m, similarities.Length);
        for (var i = 0; i < similarities.Length; i++)
        {
            Assert.Equal(Matrix.Cosine(rows.Row(i / m), columns.Row(i % m)), similarities[i], 1e-6);
        }
    }
}
