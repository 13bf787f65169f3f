using Gal.Diffusion.Pipelines;
using Gal.Diffusion.Training;
using Gal.Tests.Services;
using Gal.Training.Sessions;
using Gal.V1;
using Grpc.Core;
using Schedule = Gal.Diffusion.Training.LearningRateSchedule;

namespace Gal.Training.Tests;

public sealed class MethodTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task CreateTraining_Lora_ReachesTheTrainer()
    {
        var plan = await PlanAsync(request => Host.Choose(request, TrainingMethod.Lora));

        Assert.Equal(new LoraOptions(2) { Alpha = 1, Dropout = 0.1 }, Assert.IsType<MethodPlan.Lora>(plan.Method).Options);
        Assert.Equal(1e-4, plan.LearningRate);
    }

    [Fact]
    public async Task CreateTraining_LoraWithoutSettings_HasItsDefaults() =>
        Assert.Equal(new LoraOptions(4) { Alpha = 4 }, Assert.IsType<MethodPlan.Lora>((await PlanAsync(request => request.Settings.Method = TrainingMethod.Lora)).Method).Options);

    [Fact]
    public async Task CreateTraining_TextualInversion_ReachesTheTrainer()
    {
        var plan = await PlanAsync(request => Host.Choose(request, TrainingMethod.TextualInversion));

        Assert.Equal(new LearnedTokenOptions("<toy>", "cat", 2), Assert.IsType<MethodPlan.TextualInversion>(plan.Method).Word);
        Assert.Equal((5e-4, 1e6), (plan.LearningRate, plan.MaxGradientNorm));
    }

    [Fact]
    public async Task CreateTraining_CustomDiffusion_HasAModifierWhereAskedFor()
    {
        var (with, without) = (await PlanAsync(request => Host.Choose(request, TrainingMethod.CustomDiffusion)), await PlanAsync(request => request.Settings.Method = TrainingMethod.CustomDiffusion));

        Assert.Equal(new LearnedTokenOptions("<toy>", "cat"), Assert.IsType<MethodPlan.CustomDiffusion>(with.Method).Modifier);
        Assert.Null(Assert.IsType<MethodPlan.CustomDiffusion>(without.Method).Modifier);
    }

    [Fact]
    public async Task CreateTraining_Options_ReachTheTrainer()
    {
        var plan = await PlanAsync(request => request.Settings.MergeFrom(new TrainingSettings
        {
            LearningRateSchedule = V1.LearningRateSchedule.CosineWithRestarts,
            WarmupStepCount = 2,
            CycleCount = 3,
            GradientAccumulationCount = 4,
            MinSnrGamma = 5,
            NoiseOffset = 0.1,
            HorizontalFlip = true,
            GradientCheckpointing = true,
            Dtype = Dtype.Bfloat16,
            MovingAverage = new() { Decay = 0.9, UsesWarmup = true, Power = 0.5 },
        }));

        var expected = new TrainingOptions
        {
            Schedule = Schedule.CosineWithRestarts,
            WarmupStepCount = 2,
            StepCount = 10,
            CycleCount = 3,
            GradientAccumulationCount = 4,
            MinSnrGamma = 5,
            NoiseOffset = 0.1,
            HorizontalFlip = true,
            GradientCheckpointing = true,
            Dtype = ComputeDtype.BFloat16,
            Ema = new(0.9) { UsesWarmup = true, Power = 0.5 },
        };
        Assert.Equal(expected, plan.Options);
    }

    [Fact]
    public async Task CreateTraining_NoOptions_ChangesNothing() => Assert.Equal(new TrainingOptions { StepCount = 10 }, (await PlanAsync(_ => { })).Options);

    [Fact]
    public async Task CreateTraining_SettingsOfOtherMethodsAndSchedules_AreAllNamed()
    {
        var error = await RefuseAsync(request =>
        {
            request.Settings.Lora = new();
            request.Settings.CustomDiffusion = new();
            request.Settings.WarmupStepCount = 5;
            request.Settings.CycleCount = 2;
            request.Settings.Power = 2;
        });

        Assert.Equal(["settings.lora", "settings.custom_diffusion", "settings.warmup_step_count", "settings.cycle_count", "settings.power"], error.Fields());
        Assert.Contains("settings.lora is given, but the method is dreambooth; leave it out, or set the method to lora.", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateTraining_WarmupAsLongAsTheTraining_IsRefused()
    {
        var error = await RefuseAsync(request => (request.Settings.LearningRateSchedule, request.Settings.WarmupStepCount) = (V1.LearningRateSchedule.Linear, 10));

        Assert.Equal("settings.warmup_step_count is 10; it must be below step_count (10), because the schedule linear falls from the warm-up's end to there.", error.Status.Detail);
    }

    [Fact]
    public async Task CreateTraining_WordLeftOut_IsAskedFor() =>
        Assert.Equal(["settings.textual_inversion"], (await RefuseAsync(request => request.Settings.Method = TrainingMethod.TextualInversion)).Fields());

    [Fact]
    public async Task CreateTraining_WordOutOfRange_NamesEachField()
    {
        var error = await RefuseAsync(request =>
        {
            Host.Choose(request, TrainingMethod.TextualInversion);
            request.Settings.TextualInversion = new() { Token = "two words", VectorCount = 65 };
        });

        Assert.Superset(new HashSet<string> { "settings.textual_inversion.token", "settings.textual_inversion.initial_word", "settings.textual_inversion.vector_count" }, error.Fields().ToHashSet());
    }

    [Fact]
    public async Task CreateTraining_PromptWithoutTheWord_IsNamed()
    {
        var error = await RefuseAsync(request =>
        {
            Host.Choose(request, TrainingMethod.TextualInversion);
            request.Samples[1].Prompt = "a dog";
        });

        Assert.Equal(["samples[1].prompt"], error.Fields());
    }

    [Fact]
    public async Task CreateTraining_InitialWordOfTwoTokens_IsRefused()
    {
        var error = await RefuseAsync(request =>
        {
            Host.Choose(request, TrainingMethod.CustomDiffusion);
            request.Settings.CustomDiffusion.Modifier.InitialWord = "small cat";
        });

        Assert.Equal(["settings.custom_diffusion.modifier.initial_word"], error.Fields());
    }

    [Fact]
    public async Task CreateTraining_ClassPicturesForAWord_AreRefused()
    {
        var error = await RefuseAsync(request =>
        {
            Host.Choose(request, TrainingMethod.TextualInversion);
            request.PriorPreservation = new() { ClassPrompt = "a cat", ClassImages = { request.Samples[0].Image } };
        });

        Assert.Equal(["prior_preservation"], error.Fields());
    }

    private async Task<TrainingPlan> PlanAsync(Action<CreateTrainingRequest> change)
    {
        using var folder = new TemporaryFolder();
        var engine = new FakeEngine();
        var (service, client) = await Host.StartAsync(folder, engine);
        await using var _ = service;
        var request = Host.Request();
        change(request);
        Assert.Equal(JobState.Succeeded, (await Host.RunAsync(client, request)).State);
        return engine.Plan!;
    }

    private async Task<RpcException> RefuseAsync(Action<CreateTrainingRequest> change)
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeEngine());
        await using var _ = service;
        var request = Host.Request();
        change(request);
        return await CallErrors.OfAsync(() => client.CreateTrainingAsync(request).ResponseAsync);
    }
}
