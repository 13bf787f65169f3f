using System.Text;
using ManagedCuda.BasicTypes;

namespace Gal.Cuda.Tests.FakeDriver;

[Collection(DriverCollection.Name)]
public sealed class FaultTests : IDisposable
{
    public FaultTests() => FakeCuda.Reset();

    public void Dispose() => FakeCuda.Reset();

    [Fact]
    public void Open_NoDevice_SaysWhereToLook()
    {
        FakeCuda.Fail("cuInit", CUResult.ErrorNoDevice);

        var error = Assert.Throws<CudaUnavailableException>(() => ScoringKernels.Open());

        Assert.Equal(CudaUnavailableReason.NoDevice, error.Reason);
        Assert.Contains("CUDA_ERROR_NO_DEVICE", error.Message, StringComparison.Ordinal);
        Assert.Contains("nvidia-smi", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_CardThatIsNotThere_SaysHowManyThereAre()
    {
        var error = Assert.Throws<CudaUnavailableException>(() => ScoringKernels.Open(3));

        Assert.Equal(CudaUnavailableReason.NoDevice, error.Reason);
        Assert.Contains("no CUDA card 3: the driver sees 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_BadPtx_HasTheCompilersLog()
    {
        var error = Assert.Throws<CudaUnavailableException>(() => ScoringKernels.Open(0, Encoding.ASCII.GetBytes(".version 7.0\nnonsense")));

        Assert.Equal(CudaUnavailableReason.KernelsRefused, error.Reason);
        Assert.Contains("CUDA_ERROR_INVALID_PTX", error.Message, StringComparison.Ordinal);
        Assert.Contains("ptxas fatal: no .target directive", error.Message, StringComparison.Ordinal);
        Assert.Contains("compute capability 8.0", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cuDevicePrimaryCtxRetain", CUResult.ErrorOutOfMemory, "Free memory on the card")]
    [InlineData("cuInit", CUResult.ErrorSystemDriverMismatch, "restart the machine")]
    [InlineData("cuInit", CUResult.ErrorUnknown, "nvidia-smi")]
    public void Open_DriverFails_NamesTheRemedy(string call, CUResult result, string remedy)
    {
        FakeCuda.Fail(call, result);

        var error = Assert.Throws<CudaUnavailableException>(() => ScoringKernels.Open());

        Assert.Equal(CudaUnavailableReason.DriverFailed, error.Reason);
        Assert.Contains(call, error.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Upload_OutOfMemory_SaysWhatAndHowMuch_AndWorksAgainAfterwards()
    {
        using var cuda = FakeCuda.Open();
        FakeCuda.Fail("cuMemAlloc_v2", CUResult.ErrorOutOfMemory);

        var error = Assert.Throws<CudaDeviceException>(() => cuda.Kernels.Upload(new float[1000], "images"));

        Assert.True(error.IsOutOfMemory);
        Assert.Contains("while copying the images (4,000 bytes) to it: cuMemAlloc_v2: CUDA_ERROR_OUT_OF_MEMORY (2)", error.Message, StringComparison.Ordinal);
        using var memory = cuda.Kernels.Upload(new float[1000], "images");
    }

    [Fact]
    public void Upload_CopyFails_FreesWhatItAllocated()
    {
        using var cuda = FakeCuda.Open();
        var before = FakeCuda.AllocationCount;
        FakeCuda.Fail("cuMemcpyHtoD_v2", CUResult.ErrorInvalidValue);

        Assert.Throws<CudaDeviceException>(() => cuda.Kernels.Upload(new float[10], "images"));

        Assert.Equal(before, FakeCuda.AllocationCount);
    }

    [Fact]
    public void Judge_DeviceIsLost_SaysSoEachTime()
    {
        using var cuda = FakeCuda.Open();
        using var images = Matrix.Random(3, 8, 1);
        var one = images.Device with { RowCount = 1 };
        FakeCuda.Fail("cuLaunchKernel", CUResult.ErrorLaunchFailed);

        var error = Assert.Throws<CudaDeviceException>(() => cuda.Kernels.JudgeDirections(images.Device, [3], one, one, 1));

        Assert.False(error.IsOutOfMemory);
        Assert.Contains("while judging a round: cuLaunchKernel: CUDA_ERROR_LAUNCH_FAILED (719)", error.Message, StringComparison.Ordinal);
        Assert.Throws<CudaDeviceException>(() => cuda.Kernels.JudgeDirections(images.Device, [3], one, one, 1));
    }

    [Fact]
    public void Cosine_ErrorComesUpOnlyWhenTheResultIsCopied_IsReportedThere()
    {
        using var cuda = FakeCuda.Open();
        using var rows = Matrix.Random(3, 8, 1);
        FakeCuda.Fail("cuMemcpyDtoH_v2", CUResult.ErrorIllegalAddress);

        var error = Assert.Throws<CudaDeviceException>(() => cuda.Kernels.ComputeCosines(rows.Device, rows.Device));

        Assert.Contains("cuMemcpyDtoH_v2: CUDA_ERROR_ILLEGAL_ADDRESS (700)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Calls_AfterDispose_Throw()
    {
        var cuda = FakeCuda.Open();
        cuda.Dispose();

        Assert.Throws<ObjectDisposedException>(() => cuda.Kernels.SelectTopK([1], 1));
    }
}
