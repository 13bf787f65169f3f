using Gal.Diffusion.Pipelines;
using Gal.Diffusion.Schedulers;
using Gal.Imaging;
using Gal.Tests;

namespace Gal.Diffusion.Tests.Pipelines;

[Collection(TensorCounts.Name)]
public class SamplingMemoryTests
{
    [Theory]
    [InlineData(SchedulerKind.DpmSolverPlusPlus2M)]
    [InlineData(SchedulerKind.Pndm)]
    [InlineData(SchedulerKind.EulerAncestral)]
    [InlineData(SchedulerKind.UniPc)]
    public void Sample_ManyTimes_KeepsNoTensors(SchedulerKind scheduler)
    {
        using var pipeline = StableDiffusionPipeline.Load(Repository.EmojiModel);
        var request = new SamplingRequest([new("a chair", "snow", 3)], scheduler, 4, 4, 64, 64);
        TensorCounts.AssertConstant(5, () => pipeline.Sample(request));
    }

    /// <summary>Two minutes, so only when asked for: --explicit only. The figures stand in docs/measurements.md.</summary>
    [Fact(Explicit = true)]
    public void Sample_ThousandImages_KeepsTensorsAndMemory()
    {
        using var pipeline = StableDiffusionPipeline.Load(Repository.EmojiModel);
        var figures = new List<(int Images, long Tensors, long Bytes)>();
        for (var images = 0; images < 1000; images += 50)
        {
            // Other prompts each time, so that the remembered ones come and go.
            pipeline.Sample(new SamplingRequest([.. Enumerable.Range(images, 50).Select(i => new SamplingItem($"picture number {i}", "", i))], SchedulerKind.DpmSolverPlusPlus2M, 5, 4, 64, 64));
            GC.Collect();
            GC.WaitForPendingFinalizers();
            figures.Add((images + 50, TorchSharp.torch.Tensor.TotalCount, Environment.WorkingSet));
            TestContext.Current.TestOutputHelper!.WriteLine($"{figures[^1].Images} images: {figures[^1].Tensors} tensors, {figures[^1].Bytes / 1e6:F0} MB resident");
        }

        // They are forgotten at every fourth request: the same phase is compared. Until the heap has found its shape it may grow by one more large tensor.
        var (early, middle, late) = (figures[3], figures[11], figures[19]);
        Assert.Equal(early.Tensors, late.Tensors);
        Assert.InRange(late.Bytes, 0, early.Bytes * 1.15);
        Assert.InRange(late.Bytes, 0, middle.Bytes * 1.01);
    }

    [Fact]
    public void Embed_ManyTimes_KeepsNoTensors()
    {
        using var scorer = ClipScorer.Load(Path.Combine(Repository.EmojiModel, "clip"));
        var picture = new RgbImage(64, 64, new byte[64 * 64 * 3]);
        TensorCounts.AssertConstant(5, () =>
        {
            scorer.EmbedImages([picture]);
            scorer.EmbedTexts(["a chair"]);
        });
    }
}
