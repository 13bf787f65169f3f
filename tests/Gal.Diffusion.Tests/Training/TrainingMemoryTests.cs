using Gal.Diffusion.Training;

namespace Gal.Diffusion.Tests.Training;

[Collection(TensorCounts.Name)]
public class TrainingMemoryTests
{
    [Fact]
    public void Step_ManyTimes_KeepsNoTensors()
    {
        using var trainer = DreamBoothTrainer.Create(Trainings.Emoji() with { Prior = Trainings.Prior() });
        TensorCounts.AssertConstant(10, () => trainer.Step());
    }
}
