using ManagedCuda;
using ManagedCuda.BasicTypes;

namespace Gal.Cuda.Tests.FakeDriver;

[Collection(DriverCollection.Name)]
public sealed class BindingTests : IDisposable
{
    private readonly PrimaryContext _context;

    public BindingTests()
    {
        FakeCuda.Reset();
        _context = new PrimaryContext(0);
        _context.SetCurrent();
    }

    public void Dispose() => _context.Dispose();

    [Fact]
    public void Card_IsDescribedByTheDriver() => Assert.Equal(new CudaCard("emulated card", new Version(8, 0), 1L << 34), CudaCard.Describe(0));

    [Fact]
    public void Card_ThatIsNotThere_IsNamed() => Assert.Contains("There is no CUDA card 1: the driver sees 1.", Assert.Throws<CudaUnavailableException>(() => CudaCard.Describe(1)).Message);

    [Fact]
    public void DeviceVariable_CopiedThereAndBack_IsTheSame()
    {
        using var memory = new CudaDeviceVariable<int>(3);
        var back = new int[3];

        memory.CopyToDevice([7, 8, 9]);
        memory.CopyToHost(back);

        Assert.Equal([7, 8, 9], back);
        Assert.Equal(12, (int)memory.SizeInBytes);
    }

    [Fact]
    public void DeviceVariable_Memset_FillsIt()
    {
        using var memory = new CudaDeviceVariable<int>(2);
        var back = new int[2];

        memory.Memset(1);
        memory.CopyToHost(back);

        Assert.Equal([0x01010101, 0x01010101], back);
    }

    [Fact]
    public void DeviceVariable_ArrayIsLarger_SaysBothSizes()
    {
        using var memory = new CudaDeviceVariable<int>(2);

        Assert.Contains("3 elements, the device variable 2", Assert.Throws<ArgumentException>(() => memory.CopyToDevice([1, 2, 3])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DeviceVariable_AfterDispose_HasNoAddress()
    {
        var memory = new CudaDeviceVariable<int>(2);
        memory.Dispose();

        Assert.Throws<ObjectDisposedException>(() => memory.DevicePointer);
    }

    [Fact]
    public void DeviceVariable_DisposedOnAThreadWithoutContext_IsFreed()
    {
        var before = FakeCuda.AllocationCount;
        var memory = new CudaDeviceVariable<int>(2);
        var thread = new Thread(memory.Dispose);

        thread.Start();
        thread.Join();

        Assert.Equal(before, FakeCuda.AllocationCount);
    }

    [Fact]
    public void Context_NotCurrentOnAThread_IsAnErrorThatNamesTheCall()
    {
        CudaException? error = null;
        var thread = new Thread(() => error = Record.Exception(() => new CudaDeviceVariable<int>(2)) as CudaException);

        thread.Start();
        thread.Join();

        Assert.Equal(CUResult.ErrorInvalidContext, error!.CudaError);
        Assert.StartsWith("cuMemAlloc_v2: CUDA_ERROR_INVALID_CONTEXT", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Kernel_UnknownName_IsNotFound()
    {
        var module = _context.LoadModulePTX(KernelImage.Read());

        Assert.Equal(CUResult.ErrorNotFound, Assert.Throws<CudaException>(() => new CudaKernel("cosine_f64_512", module)).CudaError);
        _context.UnloadModule(module);
    }

    [Fact]
    public void Events_MeasureTheTimeBetweenThem()
    {
        using var start = new CudaEvent();
        using var end = new CudaEvent();

        start.Record();
        end.Record();
        end.Synchronize();

        Assert.InRange(CudaEvent.ElapsedTime(start, end), 0, 10_000);
    }

    [Fact]
    public void SizeT_NegativeCount_Throws() => Assert.Throws<OverflowException>(() => (SizeT)(-1));
}
