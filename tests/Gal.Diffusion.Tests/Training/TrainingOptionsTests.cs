using System.Text.Json;
using Gal.Diffusion.Schedulers;
using Gal.Diffusion.Training;
using Gal.Tests;
using static TorchSharp.torch;

namespace Gal.Diffusion.Tests.Training;

public class TrainingOptionsTests
{
    private static readonly JsonElement Golden = JsonDocument.Parse(File.ReadAllBytes(Repository.Golden("training-options", "options.json"))).RootElement;

    [Theory]
    [InlineData("constant", LearningRateSchedule.Constant)]
    [InlineData("constant_with_warmup", LearningRateSchedule.ConstantWithWarmup)]
    [InlineData("linear", LearningRateSchedule.Linear)]
    [InlineData("cosine", LearningRateSchedule.Cosine)]
    [InlineData("cosine_with_restarts", LearningRateSchedule.CosineWithRestarts)]
    [InlineData("polynomial", LearningRateSchedule.Polynomial)]
    public void Factor_EveryStep_EqualsReference(string name, LearningRateSchedule schedule)
    {
        var golden = Golden.GetProperty("learningRate");
        var expected = golden.GetProperty("factors").GetProperty(name);
        var options = new TrainingOptions
        {
            Schedule = schedule,
            WarmupStepCount = golden.GetProperty("warmupSteps").GetInt32(),
            StepCount = golden.GetProperty("totalSteps").GetInt32(),
            CycleCount = expected.GetProperty("options").TryGetProperty("num_cycles", out var cycles) ? cycles.GetInt32() : 1,
            Power = expected.GetProperty("options").TryGetProperty("power", out var power) ? power.GetDouble() : 1,
        };
        var factors = expected.GetProperty("values").EnumerateArray().Select(value => value.GetDouble()).ToList();
        for (var step = 0; step < factors.Count; step++)
        {
            Assert.Equal(factors[step], LearningRate.Factor(options, golden.GetProperty("base").GetDouble(), step), 1e-6 * Math.Max(factors[step], 1e-6));
        }
    }

    [Fact]
    public void TimestepWeight_MinSnr_EqualsReference()
    {
        var golden = Golden.GetProperty("minSnr");
        var options = new TrainingOptions { MinSnrGamma = golden.GetProperty("gamma").GetDouble() };
        var schedule = new NoiseSchedule(SchedulerConfig.Load(TrainerGoldens.Model.SchedulerConfigPath));
        var timesteps = golden.GetProperty("timesteps").EnumerateArray().Select(value => value.GetInt64()).ToList();
        for (var i = 0; i < timesteps.Count; i++)
        {
            var ratio = schedule.SignalToNoise(timesteps[i]);
            Near(golden.GetProperty("snr")[i], ratio, 1e-5);
            Near(golden.GetProperty("epsilon")[i], options.TimestepWeight(ratio, predictsVelocity: false), 1e-5);
            Near(golden.GetProperty("v_prediction")[i], options.TimestepWeight(ratio, predictsVelocity: true), 1e-5);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void MovingAverage_EveryStep_EqualsReference(int index)
    {
        var golden = Golden.GetProperty("ema")[index];
        var named = golden.GetProperty("options");
        double Option(string name, double otherwise) => named.TryGetProperty(name, out var value) ? value.GetDouble() : otherwise;
        var options = new EmaOptions(Option("decay", 0.9999))
        {
            MinDecay = Option("min_decay", 0),
            UpdateAfterStep = (int)Option("update_after_step", 0),
            UsesWarmup = named.TryGetProperty("use_ema_warmup", out var warmup) && warmup.GetBoolean(),
            InverseGamma = Option("inv_gamma", 1),
            Power = Option("power", 2.0 / 3),
        };
        using var parameter = zeros(1);
        using var average = new MovingAverage([new NamedTensor("p", parameter)], options);
        var values = golden.GetProperty("parameter").EnumerateArray().Select(value => value.GetSingle()).ToList();
        for (var step = 0; step < values.Count; step++)
        {
            parameter.fill_(values[step]);
            average.Update(step + 1);
            Near(golden.GetProperty("decay")[step], options.DecayAt(step + 1), 1e-6);
            Near(golden.GetProperty("shadow")[step], average.State.Single().Tensor.item<float>(), 1e-6);
        }
    }

    [Fact]
    public void SaveWeights_WithAverage_WritesTheAverageAndKeepsTheWeights()
    {
        using var folder = new TemporaryFolder();
        using var trainer = DreamBoothTrainer.Create(Trainings.Emoji() with { Options = new() { Ema = new(1) { UpdateAfterStep = 1 } } });
        trainer.Step();
        trainer.SaveWeights(folder.File("first"));
        trainer.SaveState(folder.File("before"));
        trainer.SaveWeights(folder.File("second"));
        trainer.SaveState(folder.File("after"));
        Trainings.AssertSameBytes(folder.File("first"), folder.File("second"));
        Trainings.AssertSameBytes(folder.File("before"), folder.File("after"));
    }

    [Fact]
    public void Step_TwoAccumulatedBatches_HaveTheGradientOfOneOfTwice()
    {
        using var scope = NewDisposeScope();
        using var goldens = new TrainerGoldens();
        var (first, second) = (goldens.Batch(0), goldens.Batch(1));
        TrainingStep Train(int count, params TrainingBatch[] batches)
        {
            var spec = goldens.Spec("dreambooth") with { Options = new() { GradientAccumulationCount = count } };
            using var trainer = new NoisePredictionTrainer(spec, new UnetTarget(TrainerGoldens.Model.LoadUnet()), TrainerGoldens.Schedule, null);
            return trainer.Step(batches);
        }

        var (accumulated, joint) = (Train(2, first, second), Train(1, Join(first, second)));
        Assert.Equal(joint.Loss, accumulated.Loss, 1e-5 * joint.Loss);
        Assert.Equal(joint.InstanceLoss, accumulated.InstanceLoss, 1e-5 * joint.InstanceLoss);
        Assert.Equal(joint.GradientNorm, accumulated.GradientNorm, 1e-5 * joint.GradientNorm);
    }

    [Fact]
    public void Step_AllOptions_GoOnBitForBit()
    {
        var options = new TrainingOptions
        {
            Schedule = LearningRateSchedule.Cosine,
            WarmupStepCount = 2,
            StepCount = 6,
            MinSnrGamma = 5,
            NoiseOffset = 0.1,
            GradientAccumulationCount = 2,
            Ema = new(0.99),
        };
        using var folder = new TemporaryFolder();
        Trainings.AssertExactResume(() => DreamBoothTrainer.Create(Trainings.Emoji() with { Options = options }), folder, half: 2);
    }

    [Fact]
    public void Create_ScheduleThatNeverEnds_IsRefused()
    {
        var spec = Trainings.Emoji() with { Options = new() { Schedule = LearningRateSchedule.Linear, WarmupStepCount = 5, StepCount = 5 } };
        var exception = Assert.Throws<ArgumentException>(() => DreamBoothTrainer.Create(spec));
        Assert.Contains("Options.StepCount is 5; it must be above WarmupStepCount (5)", exception.Message, StringComparison.Ordinal);
    }

    private static TrainingBatch Join(TrainingBatch first, TrainingBatch second) => new(
        cat([first.Latents, second.Latents]), cat([first.Noise, second.Noise]), [.. first.Timesteps, .. second.Timesteps],
        [.. first.Prompts, .. second.Prompts], [.. first.Weights, .. second.Weights], 2);

    private static void Near(JsonElement expected, double actual, double tolerance) =>
        Assert.Equal(expected.GetDouble(), actual, tolerance * Math.Max(Math.Abs(expected.GetDouble()), 1e-6));
}
