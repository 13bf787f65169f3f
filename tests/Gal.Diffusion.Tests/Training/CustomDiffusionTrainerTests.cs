using Gal.Diffusion.Models.Adapters;
using Gal.Diffusion.Training;
using Gal.Diffusion.Weights;

namespace Gal.Diffusion.Tests.Training;

public class CustomDiffusionTrainerTests
{
    [Fact]
    public void Step_GivenBatches_FollowsTheReference()
    {
        using var goldens = new TrainerGoldens();
        using var folder = new TemporaryFolder();
        using var trainer = new NoisePredictionTrainer(goldens.Spec("custom-diffusion"), new CustomDiffusionTarget(TrainerGoldens.Model.LoadUnet(), null), TrainerGoldens.Schedule, null);
        goldens.AssertSteps("custom-diffusion", trainer);
        trainer.SaveWeights(folder.File("custom.safetensors"));
        using var unet = TrainerGoldens.Model.LoadUnet();
        CustomDiffusionWeights.Load(folder.File("custom.safetensors"), unet);
        SafetensorsWriter.Write(folder.File("unet.safetensors"), unet.state_dict());
        Trainings.AssertNorms(goldens.Variant("custom-diffusion").GetProperty("l2After"), folder.File("unet.safetensors"), string.Empty, 3e-5);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void LoadState_AfterAStop_GoesOnBitForBit(bool withToken)
    {
        var token = withToken ? new LearnedTokenOptions("<cat-toy>", "cat") : null;
        var spec = TextualInversionTrainerTests.Spec() with { Prior = Trainings.Prior() };
        using var folder = new TemporaryFolder();
        Trainings.AssertExactResume(() => CustomDiffusionTrainer.Create(spec, token), folder, half: 2);
        var modifier = CustomDiffusionWeights.ReadModifier(folder.File("whole.safetensors"));
        Assert.Equal(token?.Token, modifier?.Token);
        Assert.Equal(withToken ? [1, 128] : null, modifier?.Vectors.shape);
    }
}
