using Gal.Diffusion.Training;
using Gal.Tests;

namespace Gal.Diffusion.Tests.Training;

public class DreamBoothGoldenTests
{
    [Theory]
    [InlineData("dreambooth", false, "dreambooth.safetensors", 3e-5)]
    [InlineData("dreambooth-prior", true, "dreambooth-prior.safetensors", 3e-5)]
    [InlineData("dreambooth-lr1e-3", false, null, 2e-3)]
    public void Step_GivenBatches_FollowsTheReference(string variant, bool withPrior, string? after, double normTolerance)
    {
        using var goldens = new TrainerGoldens();
        using var folder = new TemporaryFolder();
        using var trainer = new NoisePredictionTrainer(goldens.Spec(variant), new UnetTarget(TrainerGoldens.Model.LoadUnet()), TrainerGoldens.Schedule, null);
        goldens.AssertSteps(variant, trainer, withPrior);
        trainer.SaveWeights(folder.File("after"));
        Trainings.AssertNorms(goldens.Variant(variant).GetProperty("l2After"), folder.File("after"), string.Empty, normTolerance);
        if (after is not null)
        {
            Trainings.AssertParameters(Repository.Golden("trainers", after), folder.File("after"), 5e-6);
        }
    }
}
