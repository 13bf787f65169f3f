using Gal.Diffusion.Training;
using static TorchSharp.torch;

namespace Gal.Diffusion.Tests.Training;

public class GradientCheckpointingTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Step_Checkpointed_HasTheSameLossAndGradients(bool withPrior)
    {
        using var goldens = new TrainerGoldens();
        var (kept, computed) = (Gradients(goldens, false, withPrior), Gradients(goldens, true, withPrior));
        Assert.Equal(kept.Loss, computed.Loss, 1e-6 * kept.Loss);
        Assert.Equal(kept.Gradients.Count, computed.Gradients.Count);
        foreach (var (name, expected) in kept.Gradients)
        {
            TensorAssert.Close(expected, computed.Gradients[name], 1e-5 * Math.Max(1, expected.abs().max().item<float>()), name);
        }
    }

    [Theory]
    [InlineData("lora")]
    [InlineData("lora with dropout")]
    [InlineData("textual inversion")]
    [InlineData("custom diffusion")]
    public void Step_CheckpointedAdapter_FollowsTheOneThatKeepsAll(string method)
    {
        var spec = TextualInversionTrainerTests.Spec() with { Prior = Trainings.Prior() };
        ITrainer Create(bool isCheckpointed)
        {
            var own = spec with { Options = new() { GradientCheckpointing = isCheckpointed } };
            return method switch
            {
                "textual inversion" => TextualInversionTrainer.Create(own, new("<cat-toy>", "cat", 2)),
                "custom diffusion" => CustomDiffusionTrainer.Create(own, new("<cat-toy>", "cat")),
                _ => LoraTrainer.Create(own, new LoraOptions(2) { Dropout = method == "lora" ? 0 : 0.3 }),
            };
        }

        using var plain = Create(false);
        using var checkpointed = Create(true);
        for (var i = 0; i < 3; i++)
        {
            var (expected, actual) = (plain.Step(), checkpointed.Step());
            Assert.Equal(expected.Loss, actual.Loss, 1e-4 * expected.Loss);
            Assert.Equal(expected.GradientNorm, actual.GradientNorm, 1e-4 * expected.GradientNorm);
        }
    }

    [Fact]
    public void LoadState_Checkpointed_GoesOnBitForBit()
    {
        using var folder = new TemporaryFolder();
        var spec = Trainings.Emoji() with { Options = new() { GradientCheckpointing = true } };
        Trainings.AssertExactResume(() => LoraTrainer.Create(spec, new LoraOptions(2) { Dropout = 0.3 }), folder, half: 2);
    }

    private static (double Loss, Dictionary<string, Tensor> Gradients) Gradients(TrainerGoldens goldens, bool isCheckpointed, bool withPrior)
    {
        using var unet = TrainerGoldens.Model.LoadUnet();
        foreach (var parameter in unet.parameters())
        {
            parameter.requires_grad = true;
        }

        using var scope = NewDisposeScope();
        var batch = goldens.Batch(0, withPrior);
        IUnetPass pass = isCheckpointed ? new CheckpointedPass(unet, null) : new PlainPass(unet);
        var noisy = TrainerGoldens.Schedule.AddNoise(batch.Latents, batch.Noise, batch.Timesteps);
        var prediction = pass.Predict(noisy, tensor(batch.Timesteps), CachedPrompt.Stack(batch.Prompts));
        var loss = nn.functional.mse_loss(prediction, batch.Noise);
        pass.Backward(loss);
        return (loss.item<float>(), unet.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter.grad!.clone().DetachFromDisposeScope()));
    }
}
