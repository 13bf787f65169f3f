using System.Text;

namespace Gal.Cuda.Tests;

public class KernelImageTests
{
    private static readonly string Ptx = Encoding.ASCII.GetString(KernelImage.Read());

    [Fact]
    public void Read_IsTheCommittedFile() =>
        Assert.Equal(File.ReadAllBytes(Path.Combine(Gal.Tests.Repository.Root, "native", "kernels", "scoring.ptx")), KernelImage.Read());

    [Fact]
    public void Read_HasEveryEntryPointOnce()
    {
        var expected = File.ReadAllLines(Path.Combine(Gal.Tests.Repository.Root, "native", "kernels", "entry-points.txt"));
        var actual = Ptx.Split('\n').Where(l => l.StartsWith(".visible .entry ", StringComparison.Ordinal)).Select(l => l[16..^1]);

        Assert.Equal(expected.Order(StringComparer.Ordinal), actual.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Read_RunsOnAmpereAndLaterWithCuda11AndLater()
    {
        Assert.Contains("\n.version 7.0\n", Ptx, StringComparison.Ordinal);
        Assert.Contains("\n.target sm_80\n", Ptx, StringComparison.Ordinal);
    }
}
