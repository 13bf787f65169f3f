using Gal.Diffusion.Models.Adapters;
using Gal.Diffusion.Training;
using Gal.Diffusion.Weights;
using Gal.Tests;
using static TorchSharp.torch;

namespace Gal.Diffusion.Tests.Training;

public class LoraTrainerTests
{
    [Fact]
    public void Step_GivenBatches_FollowsTheReference()
    {
        using var goldens = new TrainerGoldens();
        using var folder = new TemporaryFolder();
        var target = new LoraTarget(TrainerGoldens.Model.LoadUnet(), new LoraOptions(goldens.Variant("lora").GetProperty("rank").GetInt32()), 0);
        using var trainer = new NoisePredictionTrainer(goldens.Spec("lora"), target, TrainerGoldens.Schedule, null);
        Fill(target, Repository.Golden("trainers", "lora-initial.safetensors"));
        goldens.AssertSteps("lora", trainer);
        using var after = SafetensorsFile.Open(Repository.Golden("trainers", "lora-after.safetensors"));
        Assert.Equal(after.Tensors.Count, target.Parameters.Count);
        foreach (var parameter in target.Parameters)
        {
            using var expected = after.Tensors[Plain(parameter.Name)].Read();
            TensorAssert.Close(expected, parameter.Tensor, 5e-6, parameter.Name);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    public void LoadState_AfterAStop_GoesOnBitForBit(double dropout)
    {
        using var folder = new TemporaryFolder();
        Trainings.AssertExactResume(() => LoraTrainer.Create(Trainings.Emoji(), new LoraOptions(2) { Alpha = 1, Dropout = dropout }), folder, half: 2);
    }

    [Fact]
    public void SaveWeights_ThenLoad_ChangesThePrediction()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using (var trainer = LoraTrainer.Create(Trainings.Emoji() with { LearningRate = 1e-2 }, new LoraOptions(2) { Dialect = LoraDialect.Kohya }))
        {
            trainer.Step();
            trainer.SaveWeights(folder.File("lora.safetensors"));
        }

        using var noGrad = no_grad();
        using var unet = ModelFolder.Open(Repository.EmojiModel).LoadUnet();
        using var adapter = LoraAdapter.Load(folder.File("lora.safetensors"), unet);
        var (sample, hidden) = (ones(1, 4, 16, 16), ones(1, 32, 128));
        var before = unet.call(sample, tensor(500f), hidden);
        adapter.Attach();
        Assert.True((unet.call(sample, tensor(500f), hidden) - before).abs().max().item<float>() > 1e-4);
    }

    private static void Fill(LoraTarget target, string path)
    {
        using var noGrad = no_grad();
        using var file = SafetensorsFile.Open(path);
        foreach (var parameter in target.Parameters)
        {
            file.Tensors[Plain(parameter.Name)].CopyTo(parameter.Tensor);
        }
    }

    private static string Plain(string name) => name["unet.".Length..];
}
