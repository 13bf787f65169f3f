using Gal.Diffusion.Weights;
using Gal.Tests;
using TorchSharp;
using static TorchSharp.torch;

namespace Gal.Diffusion.Tests;

/// <summary>Compares tensors and says where they differ most.</summary>
internal static class TensorAssert
{
    /// <summary>The largest absolute difference is at most the tolerance.</summary>
    public static void Close(Tensor expected, Tensor actual, double tolerance, string name)
    {
        Assert.True(expected.shape.AsSpan().SequenceEqual(actual.shape), $"{name}: expected shape [{string.Join(", ", expected.shape)}], found [{string.Join(", ", actual.shape)}].");
        using var scope = NewDisposeScope();
        var difference = (expected.to(ScalarType.Float64) - actual.to(ScalarType.Float64)).abs().flatten();
        var place = difference.argmax().item<long>();
        var largest = difference[place].item<double>();
        Assert.True(
            largest <= tolerance,
            $"{name}: largest difference {largest:E2} at flat index {place} (expected {expected.flatten()[place].ToDouble():G9}, found {actual.flatten()[place].ToDouble():G9}); tolerance {tolerance:E2}.");
    }

    /// <summary>A tensor of a golden file.</summary>
    public static Tensor Golden(string section, string file, string name, ScalarType? dtype = null)
    {
        using var golden = SafetensorsFile.Open(Repository.Golden(section, file));
        return golden.Tensors[name].Read(dtype);
    }
}
