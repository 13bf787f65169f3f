using Gal.Diffusion.Pipelines;
using Gal.Diffusion.Training;
using Gal.Diffusion.Weights;
using static TorchSharp.torch;

namespace Gal.Diffusion.Tests.Training;

public class HalfPrecisionTrainingTests
{
    private static readonly TrainingOptions Half = new() { Dtype = ComputeDtype.BFloat16 };

    [Theory]
    [InlineData("dreambooth")]
    [InlineData("lora")]
    [InlineData("textual inversion")]
    [InlineData("custom diffusion")]
    public void Step_BFloat16_StaysNearFloat32AndGoesOnBitForBit(string method)
    {
        ITrainer Create(TrainingOptions options)
        {
            var spec = TextualInversionTrainerTests.Spec() with { Options = options };
            return method switch
            {
                "lora" => LoraTrainer.Create(spec, new LoraOptions(2)),
                "textual inversion" => TextualInversionTrainer.Create(spec, new("<cat-toy>", "cat")),
                "custom diffusion" => CustomDiffusionTrainer.Create(spec, new("<cat-toy>", "cat")),
                _ => DreamBoothTrainer.Create(spec),
            };
        }

        using (var single = Create(new()))
        using (var half = Create(Half))
        {
            for (var i = 0; i < 3; i++)
            {
                var (expected, actual) = (single.Step(), half.Step());
                // bfloat16 rounds by 1/256; what a picture's thousand values gather of it averages out.
                Assert.Equal(expected.Loss, actual.Loss, 0.01 * expected.Loss);
                Assert.Equal(expected.GradientNorm, actual.GradientNorm, 0.03 * expected.GradientNorm);
                Assert.NotEqual(expected.Loss, actual.Loss);
            }
        }

        using var folder = new TemporaryFolder();
        Trainings.AssertExactResume(() => Create(Half), folder, half: 2);
    }

    [Fact]
    public void Step_BFloat16_ChangesWeightsByLessThanItsRounding()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using (var trainer = DreamBoothTrainer.Create(Trainings.Emoji() with { LearningRate = 1e-6, WeightDecay = 0, Options = Half }))
        {
            trainer.SaveWeights(folder.File("before"));
            trainer.Step();
            trainer.SaveWeights(folder.File("after"));
        }

        using var before = SafetensorsFile.Open(folder.File("before"));
        using var after = SafetensorsFile.Open(folder.File("after"));
        var (old, changed) = (before.Tensors["conv_in.weight"].Read(), after.Tensors["conv_in.weight"].Read());
        Assert.Equal(ScalarType.Float32, changed.dtype);
        Assert.InRange((changed - old).abs().max().item<float>(), 5e-7, 2e-6);
    }

    [Fact]
    public void Create_Float16_IsRefused() => Assert.Contains(
        "Options.Dtype is Float16; it must be Float32 or BFloat16",
        Assert.Throws<ArgumentException>(() => DreamBoothTrainer.Create(Trainings.Emoji() with { Options = new() { Dtype = ComputeDtype.Float16 } })).Message,
        StringComparison.Ordinal);
}
