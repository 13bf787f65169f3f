using Gal.Diffusion.Models.Adapters;
using Gal.Diffusion.Tokenization;
using Gal.Diffusion.Training;
using static TorchSharp.torch;

namespace Gal.Diffusion.Tests.Training;

public class TextualInversionTrainerTests
{
    private static readonly LearnedTokenOptions Toy = new("<cat-toy>", "cat");

    [Fact]
    public void Step_GivenBatches_FollowsTheReference()
    {
        using var goldens = new TrainerGoldens();
        var golden = goldens.Variant("textual-inversion");
        var tokenizer = ClipTokenizer.Load(TrainerGoldens.Model.TokenizerPath);
        var learned = new LearnedToken(TrainerGoldens.Model.LoadTextEncoder(), tokenizer, Toy);
        Assert.Equal(golden.GetProperty("initialToken").GetInt32(), tokenizer.Encode(Toy.InitialWord)[1]);
        Assert.Equal(golden.GetProperty("newToken").GetInt32(), learned.Tokenizer.Encode(Toy.Token)[1]);
        using var ids = tensor(golden.GetProperty("ids").EnumerateArray().Select(id => id.GetInt64()).ToArray()).unsqueeze(0);
        using var target = new TextualInversionTarget(TrainerGoldens.Model.LoadUnet(), learned);
        using var before = learned.Rows.clone();
        using var trainer = new NoisePredictionTrainer(goldens.Spec("textual-inversion") with { MaxGradientNorm = null }, target, TrainerGoldens.Schedule, null);
        var steps = golden.GetProperty("steps");
        for (var i = 0; i < steps.GetArrayLength(); i++)
        {
            using var scope = NewDisposeScope();
            var batch = goldens.Batch(i) with { Prompts = [new CachedPrompt(ids, empty(0))], Weights = [1] };
            Near(steps[i].GetProperty("loss").GetDouble(), trainer.Step([batch]).InstanceLoss);
            Near(steps[i].GetProperty("rowNorm").GetDouble(), learned.Rows.pow(2).sum().sqrt().item<float>());
        }

        TensorAssert.Close(TensorAssert.Golden("trainers", "textual-inversion.safetensors", "row"), learned.Rows[0], 5e-6, "row");
        Assert.True((learned.Rows - before).abs().max().item<float>() > 1e-4);
    }

    [Fact]
    public void LoadState_AfterAStop_GoesOnBitForBit()
    {
        using var folder = new TemporaryFolder();
        Trainings.AssertExactResume(() => TextualInversionTrainer.Create(Spec(), Toy with { VectorCount = 2 }), folder, half: 2);
        var (token, vectors) = TextualInversionFile.Read(folder.File("whole.safetensors"));
        using (vectors)
        {
            Assert.Equal(("<cat-toy>", 2, 128), (token, vectors.shape[0], vectors.shape[1]));
        }
    }

    [Fact]
    public void Create_PromptWithoutTheWord_IsRefused()
    {
        var exception = Assert.Throws<ArgumentException>(() => TextualInversionTrainer.Create(Trainings.Emoji(), Toy));
        Assert.Contains("does not hold <cat-toy>", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_InitialWordOfSeveralTokens_IsRefused()
    {
        var exception = Assert.Throws<ArgumentException>(() => TextualInversionTrainer.Create(Spec(), Toy with { InitialWord = "two words" }));
        Assert.Contains("it must be one", exception.Message, StringComparison.Ordinal);
    }

    internal static TrainingSpec Spec()
    {
        var spec = Trainings.Emoji();
        return spec with { Samples = [.. spec.Samples.Select(sample => sample with { Prompt = "a <cat-toy> in watercolor painting style" })] };
    }

    private static void Near(double expected, double actual) => Assert.Equal(expected, actual, 2e-5 * expected);
}
