using Gal.Diffusion.Models.Layers;
using static TorchSharp.torch;

namespace Gal.Diffusion.Tests.Models;

public class AttentionTests
{
    private const int Batch = 2, HeadCount = 8, QueryCount = 64, KeyCount = 77;

    /// <summary>The head sizes of Stable Diffusion 1.5, for which other implementations' fast kernels were missing or gave NaN.</summary>
    [Theory]
    [InlineData(40)]
    [InlineData(80)]
    [InlineData(160)]
    public void Of_HeadSizesOfStableDiffusion15_AgreesForwardAndBackward(int headSize)
    {
        using var scope = NewDisposeScope();
        Tensor Random(ulong seed, int count) => randn([Batch, count, HeadCount * headSize], generator: new Generator(seed)).requires_grad_();
        var (query, key, value, weight) = (Random(1, QueryCount), Random(2, KeyCount), Random(3, KeyCount), Random(4, QueryCount).detach());
        var output = Attention.Of(query, key, value, HeadCount);
        (output * weight).sum().backward();

        Tensor Heads(Tensor states) => states.detach().to(ScalarType.Float64).view(Batch, -1, HeadCount, headSize).transpose(1, 2).contiguous().requires_grad_();
        var (plainQuery, plainKey, plainValue) = (Heads(query), Heads(key), Heads(value));
        var plain = plainQuery.matmul(plainKey.transpose(2, 3)).div(Math.Sqrt(headSize)).softmax(-1).matmul(plainValue).transpose(1, 2).reshape(Batch, QueryCount, -1);
        (plain * weight).sum().backward();

        Near(plain, output);
        foreach (var (expected, actual) in new[] { (plainQuery, query), (plainKey, key), (plainValue, value) })
        {
            Near(expected.grad!.transpose(1, 2).reshape(actual.shape), actual.grad!);
        }
    }

    private static void Near(Tensor expected, Tensor actual) => Assert.InRange((expected - actual).abs().max().item<double>() / expected.abs().max().item<double>(), 0, 1e-5);
}
