using Gal.Diffusion.Pipelines;
using Gal.Diffusion.Schedulers;
using Gal.Diffusion.Training;
using Gal.Tests;

namespace Gal.Diffusion.Tests.Training;

public class PreviewTests
{
    private static readonly TrainingPreview Preview = new(["a cat in watercolor painting style", "a drum"]) { InferenceStepCount = 4, GuidanceScale = 4, Seed = 11 };

    [Fact]
    public void SamplePreview_BeforeTheFirstStep_EqualsThePipeline()
    {
        using var trainer = DreamBoothTrainer.Create(Trainings.Emoji() with { Preview = Preview });
        using var pipeline = StableDiffusionPipeline.Load(Repository.EmojiModel);
        var items = Preview.Prompts.Select((prompt, i) => new SamplingItem(prompt, string.Empty, 11 + i)).ToList();
        var expected = pipeline.Sample(new SamplingRequest(items, SchedulerKind.DpmSolverPlusPlus2M, 4, 4, pipeline.SampleSize, pipeline.SampleSize));
        foreach (var (first, second) in expected.Zip(trainer.SamplePreview()))
        {
            Assert.Equal((first.Width, first.Height), (second.Width, second.Height));
            Assert.InRange(first.Pixels.Zip(second.Pixels, (a, b) => Math.Abs(a - b)).Max(), 0, 1);
        }
    }

    [Theory]
    [InlineData("dreambooth")]
    [InlineData("lora")]
    [InlineData("textual inversion")]
    public void SamplePreview_BetweenSteps_ChangesNothingAndShowsTheTraining(string method)
    {
        var spec = TextualInversionTrainerTests.Spec() with { LearningRate = 1e-2, Preview = Preview with { Prompts = ["a <cat-toy>"] }, Options = new() { Ema = new(0.5) } };
        ITrainer Create() => method switch
        {
            "lora" => LoraTrainer.Create(spec, new LoraOptions(2) { Dropout = 0.3 }),
            "textual inversion" => TextualInversionTrainer.Create(spec, new("<cat-toy>", "cat")),
            _ => DreamBoothTrainer.Create(spec),
        };

        using var watched = Create();
        using var alone = Create();
        var before = watched.SamplePreview();
        for (var i = 0; i < 2; i++)
        {
            var (expected, actual) = (alone.Step(), watched.Step());
            Assert.Equal((expected.Loss, expected.GradientNorm), (actual.Loss, actual.GradientNorm));
            watched.SamplePreview();
        }

        Assert.False(before[0].Pixels.AsSpan().SequenceEqual(watched.SamplePreview()[0].Pixels));
    }

    [Fact]
    public void SamplePreview_WithoutOne_IsAnError()
    {
        using var trainer = DreamBoothTrainer.Create(Trainings.Emoji());
        Assert.Throws<InvalidOperationException>(trainer.SamplePreview);
    }
}
