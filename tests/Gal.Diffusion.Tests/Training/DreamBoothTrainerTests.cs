using System.Text.Json;
using Gal.Diffusion.Training;
using Gal.Imaging;
using Gal.Tests;

namespace Gal.Diffusion.Tests.Training;

public class DreamBoothTrainerTests
{
    [Fact]
    public void Step_ThirtyGoldenSteps_FollowTheReference()
    {
        using var golden = JsonDocument.Parse(File.ReadAllBytes(Repository.Golden("emoji-train", "train.json")));
        using var trainer = DreamBoothTrainer.Create(Trainings.Emoji());
        var expected = golden.RootElement.GetProperty("weightedLoss").EnumerateArray().Select(loss => loss.GetDouble()).ToList();
        for (var i = 0; i < expected.Count; i++)
        {
            var step = trainer.Step();
            var tolerance = i < 10 ? 1e-3 : 2e-2;
            Assert.True(Math.Abs(step.Loss - expected[i]) <= tolerance * expected[i], $"Step {i + 1}: loss {step.Loss:G9}, expected {expected[i]:G9}.");
        }

        using var folder = new TemporaryFolder();
        trainer.SaveWeights(folder.File("after.safetensors"));
        Trainings.AssertNorms(golden.RootElement.GetProperty("l2"), folder.File("after.safetensors"), string.Empty, 1e-3);
        Trainings.AssertParameters(Repository.Golden("emoji-train", "after.safetensors"), folder.File("after.safetensors"), 2e-3);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void LoadState_AfterAStop_GoesOnBitForBit(int batchSize)
    {
        var spec = Trainings.Emoji() with { BatchSize = batchSize };
        using var folder = new TemporaryFolder();
        Trainings.AssertExactResume(() => DreamBoothTrainer.Create(spec), folder);
    }

    [Fact]
    public void LoadState_WithPriorPreservation_GoesOnBitForBit()
    {
        var spec = Trainings.Emoji() with { Prior = Trainings.Prior() };
        using var folder = new TemporaryFolder();
        Trainings.AssertExactResume(() => DreamBoothTrainer.Create(spec), folder);
    }

    [Fact]
    public void LoadState_OfAnotherSeed_IsRefusedAndChangesNothing()
    {
        using var folder = new TemporaryFolder();
        using var trainer = DreamBoothTrainer.Create(Trainings.Emoji());
        using var other = DreamBoothTrainer.Create(Trainings.Emoji() with { Seed = 6 });
        trainer.SaveState(folder.File("state"));
        var exception = Assert.Throws<InvalidDataException>(() => other.LoadState(folder.File("state")));
        Assert.Contains("its seed is 5; it must be 6", exception.Message, StringComparison.Ordinal);
        Assert.Equal(0, other.StepIndex);
    }

    [Fact]
    public void Step_LearningRateFarTooHigh_StopsWithTheStepAndFiniteWeights()
    {
        using var folder = new TemporaryFolder();
        using var trainer = DreamBoothTrainer.Create(Trainings.Emoji() with { LearningRate = 1e18, MaxGradientNorm = null });
        trainer.Step();
        var exception = Assert.Throws<TrainingDivergedException>(() =>
        {
            for (var i = 0; i < 20; i++)
            {
                trainer.Step();
            }
        });
        Assert.Equal(trainer.StepIndex + 1, exception.Step);
        Assert.Contains($"Step {exception.Step} has loss", exception.Message, StringComparison.Ordinal);
        trainer.SaveWeights(folder.File("weights"));
        Assert.True(Trainings.AllFinite(folder.File("weights")));
    }

    [Fact]
    public void Step_WithPrior_ReportsBothLosses()
    {
        using var trainer = DreamBoothTrainer.Create(Trainings.Emoji() with { Prior = Trainings.Prior() });
        var step = trainer.Step();
        Assert.InRange(step.ClassLoss, 1e-6, 10);
        Assert.InRange(step.InstanceLoss, 1e-6, 10);
        Assert.Equal(1, step.Step);
    }

    [Fact]
    public void Create_ValueOutOfRange_NamesIt()
    {
        var spec = Trainings.Emoji();
        void AssertRefused(TrainingSpec refused, string message) =>
            Assert.Contains(message, Assert.Throws<ArgumentException>(() => DreamBoothTrainer.Create(refused)).Message, StringComparison.Ordinal);
        AssertRefused(spec with { LearningRate = double.NaN }, "LearningRate is NaN; it must be above 0.");
        AssertRefused(spec with { Samples = [] }, "Samples is empty");
        AssertRefused(spec with { Samples = [spec.Samples[0] with { LossWeight = -1 }] }, "Samples[0].LossWeight is -1; it must lie in [0, 1].");
        AssertRefused(spec with { BatchSize = 0 }, "BatchSize is 0");
    }

    [Fact]
    public void Step_PictureOfAnotherSize_IsCropped()
    {
        var wide = new RgbImage(100, 70, [.. Enumerable.Range(0, 100 * 70 * 3).Select(i => (byte)i)]);
        using var trainer = DreamBoothTrainer.Create(Trainings.Emoji() with { Samples = [new(wide, "a cat")] });
        Assert.True(double.IsFinite(trainer.Step().Loss));
    }
}
