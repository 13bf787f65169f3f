using TorchSharp;

namespace Gal.Diffusion.Tests;

/// <summary>Tests that count the process's live tensors, and so run while no other test does.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public static class TensorCounts
{
    public const string Name = "Tensor counts";

    /// <summary>Fails when <paramref name="work"/>, done once before, leaves more tensors behind the more often it is done.</summary>
    public static void AssertConstant(int repetitions, Action work)
    {
        work();
        // What earlier tests left to the collector goes now, or it would go while this one counts.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = torch.Tensor.TotalCount;
        for (var i = 0; i < repetitions; i++)
        {
            work();
        }

        Assert.InRange(torch.Tensor.TotalCount, 0, before);
    }
}
