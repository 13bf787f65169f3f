using Gal.Diffusion.Pipelines;
using Gal.Diffusion.Runtime;
using Gal.Diffusion.Training;
using TorchSharp;

namespace Gal.Diffusion.Tests.Training;

[Collection(TensorCounts.Name)]
public class TrainingMemoryTests(ITestOutputHelper output)
{
    private static readonly TrainingSpec Spec = TextualInversionTrainerTests.Spec() with { LearningRate = 1e-5 };

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

    [Theory]
    [InlineData("DreamBooth")]
    [InlineData("LoRA")]
    [InlineData("Textual Inversion")]
    [InlineData("Custom Diffusion")]
    public void LoadState_ManyTimes_KeepsNoTensors(string method)
    {
        var spec = Spec with { Options = new() { Ema = new() } };
        using var folder = new TemporaryFolder();
        using ITrainer trainer = method switch
        {
            "LoRA" => LoraTrainer.Create(spec, new LoraOptions(2) { Dropout = 0.1 }),
            "Textual Inversion" => TextualInversionTrainer.Create(spec, new("<cat-toy>", "cat")),
            "Custom Diffusion" => CustomDiffusionTrainer.Create(spec, new("<cat-toy>", "cat")),
            _ => DreamBoothTrainer.Create(spec),
        };
        trainer.Step();
        trainer.SaveState(folder.File("state"));
        TensorCounts.AssertConstant(3, () => trainer.LoadState(folder.File("state")));
    }

    // The figures of docs/measurements.md: Gal.Diffusion.Tests --explicit only --filter-method "*OneThousand*" --show-live-output on.
    [Fact(Explicit = true)]
    public Task DreamBooth_OneThousandSteps_KeepsTensorsAndResidentMemory() =>
        AssertConstantAsync(() => DreamBoothTrainer.Create(Spec));

    [Fact(Explicit = true)]
    public Task CheckpointedBFloat16_OneThousandSteps_KeepsTensorsAndResidentMemory() =>
        AssertConstantAsync(() => DreamBoothTrainer.Create(Spec with { Options = new() { GradientCheckpointing = true, Dtype = ComputeDtype.BFloat16 } }));

    [Fact(Explicit = true)]
    public Task Lora_OneThousandSteps_KeepsTensorsAndResidentMemory() =>
        AssertConstantAsync(() => LoraTrainer.Create(Spec, new LoraOptions(4) { Dropout = 0.1 }));

    [Fact(Explicit = true)]
    public Task TextualInversion_OneThousandSteps_KeepsTensorsAndResidentMemory() =>
        AssertConstantAsync(() => TextualInversionTrainer.Create(Spec, new("<cat-toy>", "cat")));

    [Fact(Explicit = true)]
    public Task CustomDiffusion_OneThousandSteps_KeepsTensorsAndResidentMemory() =>
        AssertConstantAsync(() => CustomDiffusionTrainer.Create(Spec, new("<cat-toy>", "cat")));

    // On a device's thread, as trainings are: its heap keeps what is freed.
    private async Task AssertConstantAsync(Func<ITrainer> create)
    {
        await using var device = new DeviceWorker();
        await device.RunAsync(() =>
        {
            using var trainer = create();
            AssertConstant(trainer);
        });
    }

    private void AssertConstant(ITrainer trainer)
    {
        var (counts, resident) = (new List<long>(), new List<long>());
        var start = TimeProvider.System.GetTimestamp();
        for (var i = 1; i <= 1000; i++)
        {
            trainer.Step();
            if (i % 100 == 0)
            {
                counts.Add(torch.Tensor.TotalCount);
                resident.Add(Environment.WorkingSet >> 20);
            }
        }

        output.WriteLine($"{TimeProvider.System.GetElapsedTime(start).TotalMilliseconds / 1000:F1} ms a step; live tensors {string.Join(", ", counts)}; resident MiB {string.Join(", ", resident)}");
        Assert.Equal(counts[1], counts[^1]);
        Assert.InRange(resident[^1] - resident[1], long.MinValue, 16);
    }
}
