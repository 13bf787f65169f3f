using Gal.Diffusion.Runtime;
using TorchSharp;

namespace Gal.Diffusion.Tests.Runtime;

public sealed class TorchRuntimeTests
{
    [Fact]
    public void EnsureLoaded_Twice_ReportsTheSameLibrary()
    {
        var info = TorchRuntime.EnsureLoaded();
        Assert.Equal(info, TorchRuntime.EnsureLoaded());
        Assert.StartsWith("TorchSharp 0.107.0", info.Summary, StringComparison.Ordinal);
        Assert.Equal(torch.get_num_threads(), info.ThreadCount);
        Assert.False(string.IsNullOrWhiteSpace(info.ProcessorName));
    }

    [Fact]
    public void Generator_SeedZero_DrawsPyTorchsStream()
    {
        // PyTorch: torch.manual_seed(0); torch.randn(4) -> tensor([ 1.5410, -0.2934, -2.1788,  0.5684])
        using var generator = new torch.Generator(0);
        using var values = torch.randn(4, generator: generator);
        Assert.Equal([1.5410f, -0.2934f, -2.1788f, 0.5684f], values.data<float>().Select(value => MathF.Round(value, 4)));
    }
}
