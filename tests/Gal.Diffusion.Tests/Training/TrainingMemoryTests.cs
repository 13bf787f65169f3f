using Gal.Diffusion.Pipelines;
using Gal.Diffusion.Training;
using TorchSharp;

namespace Gal.Diffusion.Tests.Training;

[Collection(TensorCounts.Name)]
public class TrainingMemoryTests(ITestOutputHelper output)
{
    [Fact]
    public void Step_ManyTimes_KeepsNoTensors()
    {
        using var trainer = DreamBoothTrainer.Create(Trainings.Emoji() with { Prior = Trainings.Prior() });
        TensorCounts.AssertConstant(10, () => trainer.Step());
    }

    [Fact]
    public void Step_CheckpointedManyTimes_KeepsNoTensors()
    {
        using var trainer = LoraTrainer.Create(Trainings.Emoji() with { Options = new() { GradientCheckpointing = true, Ema = new() } }, new LoraOptions(2) { Dropout = 0.1 });
        TensorCounts.AssertConstant(10, () => trainer.Step());
    }

    // The figures of docs/measurements.md: Gal.Diffusion.Tests --explicit only --filter-method "*OneThousand*" --show-live-output on.
    [Theory(Explicit = true)]
    [InlineData("dreambooth")]
    [InlineData("dreambooth, checkpointed, bfloat16")]
    [InlineData("lora")]
    [InlineData("textual inversion")]
    [InlineData("custom diffusion")]
    public void Step_OneThousandTimes_KeepsTensorsAndResidentMemory(string method)
    {
        using var trainer = Create(method);
        var (counts, resident) = (new List<long>(), new List<long>());
        var clock = TimeProvider.System.GetTimestamp();
        for (var i = 1; i <= 1000; i++)
        {
            trainer.Step();
            if (i % 100 == 0)
            {
                counts.Add(torch.Tensor.TotalCount);
                resident.Add(Environment.WorkingSet >> 20);
            }
        }

        output.WriteLine($"{method}: {TimeProvider.System.GetElapsedTime(clock).TotalMilliseconds / 1000:F1} ms a step; live tensors {string.Join(", ", counts)}; resident MiB {string.Join(", ", resident)}");
        Assert.Equal(counts[1], counts[^1]);
        Assert.InRange(resident[^1] - resident[1], long.MinValue, 16);
    }

    private static ITrainer Create(string method)
    {
        var spec = TextualInversionTrainerTests.Spec() with { LearningRate = 1e-5 };
        return method switch
        {
            "lora" => LoraTrainer.Create(spec, new LoraOptions(4) { Dropout = 0.1 }),
            "textual inversion" => TextualInversionTrainer.Create(spec, new("<cat-toy>", "cat")),
            "custom diffusion" => CustomDiffusionTrainer.Create(spec, new("<cat-toy>", "cat")),
            "dreambooth" => DreamBoothTrainer.Create(spec),
            _ => DreamBoothTrainer.Create(spec with { Options = new() { GradientCheckpointing = true, Dtype = ComputeDtype.BFloat16 } }),
        };
    }
}
