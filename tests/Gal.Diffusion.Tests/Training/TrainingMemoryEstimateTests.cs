using FsCheck.Xunit;
using Gal.Diffusion.Models;
using Gal.Diffusion.Pipelines;
using Gal.Diffusion.Training;
using Gal.Diffusion.Training.Memory;
using Gal.Diffusion.Weights;
using Gal.Tests;

namespace Gal.Diffusion.Tests.Training;

// Measured against trainings by benchmarks/TrainingMemory; the figures are in docs/own-model.md.
public class TrainingMemoryEstimateTests
{
    private const long StableDiffusion15Unet = 859_520_964;

    [Fact]
    public void Weights_StableDiffusion15_AreItsParameters()
    {
        var memory = Estimate(new TrainingSpec(string.Empty, []));
        Assert.Equal(StableDiffusion15Unet * 4, memory.Weights);
        Assert.Equal(StableDiffusion15Unet * 8, memory.Optimizer);
    }

    [Fact]
    public void Sizes_ShippedAndSmallModel_AreTheModules()
    {
        foreach (var path in (string[])[Repository.EmojiModel, Repository.Golden("sd-mini")])
        {
            var folder = ModelFolder.Open(path);
            using var unet = new UNet2DConditionModel(folder.Unet);
            using var vae = new AutoencoderKl(folder.Vae);
            using var text = new ClipTextModel(folder.TextEncoder);
            Assert.Equal(Count(unet), new UnetSizes(folder.Unet, 77).At(16).Sum(part => part.Size.Weights));
            Assert.Equal(unet.Parts(TorchSharp.torch.tensor(1L)).Count, new UnetSizes(folder.Unet, 77).At(16).Count);
            Assert.Equal(Count(vae), VaeSizes.Weights(folder.Vae));
            Assert.Equal(Count(text), TextEncoderSizes.Weights(folder.TextEncoder));
        }
    }

    [Theory]
    [InlineData(TrainedWeights.LowRankUpdates)]
    [InlineData(TrainedWeights.KeysAndValues)]
    public void Optimizer_Adapter_HoldsTwoMomentsOfWhatIsTrained(TrainedWeights trained)
    {
        var spec = Trainings.Emoji();
        using var trainer = (NoisePredictionTrainer)(trained == TrainedWeights.LowRankUpdates ? LoraTrainer.Create(spec, new LoraOptions(3)) : CustomDiffusionTrainer.Create(spec, null));
        Assert.Equal(8 * trainer.ParameterCount, TrainingMemory.Estimate(ModelFolder.Open(Repository.EmojiModel), spec, trained, rank: 3).Optimizer);
    }

    [Property]
    public bool Peak_LargerBatchOrPicture_IsNoSmaller(byte batch, byte side, bool isCheckpointed, bool isHalf, bool hasEma)
    {
        var spec = new TrainingSpec(string.Empty, [])
        {
            BatchSize = batch + 1,
            Resolution = 64 * (side + 1),
            Options = new() { GradientCheckpointing = isCheckpointed, Dtype = isHalf ? ComputeDtype.BFloat16 : ComputeDtype.Float32, Ema = hasEma ? new() : null },
        };
        var peak = Estimate(spec).Peak;
        return Estimate(spec with { BatchSize = batch + 2 }).Peak >= peak
            && Estimate(spec with { Resolution = spec.Resolution + 64 }).Peak > peak
            && Estimate(spec with { Preview = new(["a cat"]) }).Peak >= peak
            && Estimate(spec with { Prior = new(string.Empty, []) }).Peak >= peak
            && Estimate(spec with { Options = spec.Options with { GradientAccumulationCount = 2 } }).Peak >= peak
            && Estimate(spec, TrainedWeights.LowRankUpdates).Peak <= peak;
    }

    [Fact]
    public void Peak_Options_LowerIt()
    {
        var spec = new TrainingSpec(string.Empty, []) { BatchSize = 2, Resolution = 512 };
        var peak = Estimate(spec).Peak;
        Assert.True(Estimate(spec with { Options = new() { GradientCheckpointing = true } }).Peak < peak);
        Assert.True(Estimate(spec with { Options = new() { Dtype = ComputeDtype.BFloat16 } }).Peak < peak);
        Assert.True(Estimate(spec with { Options = new() { Ema = new() } }).Peak > peak);
    }

    [Fact]
    public void Preview_SmallTrainingOfLargePictures_IsThePeak()
    {
        var spec = new TrainingSpec(string.Empty, []) { Resolution = 512, Options = new() { GradientCheckpointing = true, Dtype = ComputeDtype.BFloat16 } };
        var (without, with) = (Estimate(spec, TrainedWeights.LowRankUpdates), Estimate(spec with { Preview = new(["a cat"]) }, TrainedWeights.LowRankUpdates));
        Assert.Equal(0, without.Preview);
        Assert.Equal(without with { Preview = with.Preview }, with);
        Assert.True(with.Preview > with.Step, $"{with.Preview} {with.Step}");

        // Averages take the weights' place while pictures are sampled.
        var averaged = spec with { Preview = new(["a cat"]), Options = spec.Options with { Ema = new() } };
        Assert.Equal(with.Preview + Estimate(averaged, TrainedWeights.LowRankUpdates).Average, Estimate(averaged, TrainedWeights.LowRankUpdates).Preview);
    }

    private static readonly Lazy<ModelFolder> StableDiffusion = new(() =>
    {
        using var folder = new TemporaryFolder();
        StableDiffusion15.WriteConfigurations(folder.File("sd15"));
        return ModelFolder.Open(folder.File("sd15"));
    });

    private static TrainingMemory Estimate(TrainingSpec spec, TrainedWeights trained = TrainedWeights.Unet) => TrainingMemory.Estimate(StableDiffusion.Value, spec, trained, rank: 4);

    private static long Count(TorchSharp.torch.nn.Module module) => module.parameters().Sum(parameter => parameter.numel());
}
