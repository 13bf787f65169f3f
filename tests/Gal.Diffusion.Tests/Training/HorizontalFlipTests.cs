using Gal.Diffusion.Training;
using Gal.Diffusion.Tokenization;
using Gal.Diffusion.Weights;
using Gal.Tests;
using static TorchSharp.torch;

namespace Gal.Diffusion.Tests.Training;

public class HorizontalFlipTests
{
    private static readonly TrainingSpec Spec = Trainings.Emoji() with { Options = new() { HorizontalFlip = true } };

    [Fact]
    public void Step_Flipping_GoesOnBitForBit()
    {
        using var folder = new TemporaryFolder();
        Trainings.AssertExactResume(() => DreamBoothTrainer.Create(Spec with { Prior = Trainings.Prior() }), folder, half: 2);
    }

    [Fact]
    public void Next_Flipping_TakesAboutHalfOfThePicturesMirrored()
    {
        using var data = Encode(Spec with { Samples = [Spec.Samples[0]] });
        using var batches = new BatchSource(data, Spec, 1000);
        var (picture, mirrored) = (data.Samples[0].Posterior, data.Samples[0].Mirrored!);
        var mirroredCount = 0;
        for (var i = 0; i < 200; i++)
        {
            using var scope = NewDisposeScope();
            var latents = batches.Next().Latents / tensor((float)data.ScalingFactor);
            mirroredCount += Distance(latents, mirrored.Mean) < Distance(latents, picture.Mean) ? 1 : 0;
        }

        // Binomial(200, 1/2): 4 standard deviations.
        Assert.InRange(mirroredCount, 72, 128);
    }

    [Fact]
    public void Encode_NotFlipping_KeepsNoMirrorImagesAndDrawsNothingMore()
    {
        using var data = Encode(Spec with { Options = new() });
        Assert.All(data.Samples, sample => Assert.Null(sample.Mirrored));
    }

    private static double Distance(Tensor first, Tensor second) => (first - second).abs().mean().item<float>();

    private static TrainingData Encode(TrainingSpec spec)
    {
        var folder = ModelFolder.Open(Repository.EmojiModel);
        using var textEncoder = folder.LoadTextEncoder();
        return TrainingData.Encode(folder, ClipTokenizer.Load(folder.TokenizerPath, folder.TextEncoder.MaxPositionEmbeddings), textEncoder, spec);
    }
}
