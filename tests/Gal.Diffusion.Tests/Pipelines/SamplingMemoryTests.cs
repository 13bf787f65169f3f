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
