using Gal.Diffusion.Runtime;

namespace Gal.Diffusion.Tests.Runtime;

public class ComputeDeviceTests
{
    private const string NoCuda = "No CUDA: this build has libtorch for the CPU only.";

    [Theory]
    [InlineData("auto", 0, "cpu")]
    [InlineData("auto", 2, "cuda:0")]
    [InlineData("cpu", 2, "cpu")]
    [InlineData("cuda", 1, "cuda:0")]
    [InlineData("cuda:1", 2, "cuda:1")]
    public void Resolve_GivesTheDevice(string name, int cardCount, string device) => Assert.Equal(device, ComputeDevice.Resolve(name, cardCount, NoCuda));

    [Fact]
    public void Resolve_NoCuda_SaysWhy() =>
        Assert.Equal($"The device cuda:0 cannot be used. {NoCuda}", Assert.Throws<TorchRuntimeException>(() => ComputeDevice.Resolve("cuda:0", 0, NoCuda)).Message);

    [Fact]
    public void Resolve_CardThatIsNotThere_NamesThoseThatAre() =>
        Assert.Contains("libtorch sees 2 card(s), cuda:0 to cuda:1", Assert.Throws<TorchRuntimeException>(() => ComputeDevice.Resolve("cuda:2", 2, NoCuda)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("gpu")]
    [InlineData("CPU")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:1000")]
    [InlineData("cuda:1\n")]
    public void Names_OtherThanThese_AreRefused(string name)
    {
        Assert.False(ComputeDevice.IsName(name));
        Assert.Throws<ArgumentException>(() => ComputeDevice.Resolve(name, 1, NoCuda));
    }

    [Fact]
    public async Task Worker_OnThisMachine_SaysItsDevice()
    {
        await using var worker = new DeviceWorker();
        Assert.Equal(TorchRuntime.EnsureLoaded().IsCudaAvailable ? "cuda:0" : "cpu", worker.Device);
    }
}
