using Gal.Coordination.Tests.Fakes;
using Gal.V1;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;

namespace Gal.Coordination.Tests.Api;

public class CreateRunTests
{
    [Fact]
    public async Task CreateRun_SameRequestIdTwice_ReturnsTheFirstRun()
    {
        await using var world = await TestWorld.StartAsync();
        var request = new CreateRunRequest { RequestId = "once", Settings = Settings.Style(rounds: 1, promptCount: 0) };
        var first = await world.Client.CreateRunAsync(request);
        Assert.Equal(first.Name, (await world.Client.CreateRunAsync(request)).Name);
        var ended = await world.WaitForEndAsync(first.Name);
        Assert.Equal(ended, await world.Client.CreateRunAsync(request));
        Assert.Single((await world.Client.ListRunsAsync(new())).Runs);
    }

    [Fact]
    public async Task CreateRun_SameRequestIdOtherRequest_AlreadyExists()
    {
        await using var world = await TestWorld.StartAsync();
        await world.Client.CreateRunAsync(new() { RequestId = "once", Settings = Settings.Style() });
        var error = await RefusedAsync(world, Settings.Style(rounds: 2), "once");
        Assert.Equal(StatusCode.AlreadyExists, error.StatusCode);
    }

    [Fact]
    public async Task CreateRun_Unset_FillsInEveryDefault()
    {
        await using var world = await TestWorld.StartAsync();
        world.Services.Training.Jobs.Hold = new();
        var asked = new RunSettings { Subject = Settings.Style().Subject, Seed = 9 };
        var settings = (await world.Client.CreateRunAsync(new() { Settings = asked })).Settings;

        Assert.Equal((Strategy.Uncertainty, true, 4, 10, 3, 0.005), (settings.ActiveLearning.Strategy, settings.ActiveLearning.Balance, settings.ActiveLearning.MaxRoundCount, settings.ActiveLearning.ImagesPerAnchor, settings.ActiveLearning.AnchorsPerRound, settings.ActiveLearning.OpennessFactor));
        Assert.Equal((500, 1, 5e-6, 0.01, 1.0, 50, 9), (settings.Training.StepCount, settings.Training.BatchSize, settings.Training.LearningRate, settings.Training.WeightDecay, settings.Training.MaxGradientNorm, settings.Training.StateSaveIntervalStepCount, settings.Training.Seed));
        Assert.Equal((V1.Scheduler.DpmSolverPp2M, 20, 7.5, Dtype.Float32), (settings.Sampling.Scheduler, settings.Sampling.InferenceStepCount, settings.Sampling.GuidanceScale, settings.Sampling.Dtype));
        Assert.Equal((8, 8888), (settings.Evaluation.ImagesPerPrompt, settings.Evaluation.Seed));
        Assert.Equal(("tiny", "tiny"), (settings.Model, settings.ScoringModel));
        Assert.StartsWith("sha256:", settings.Subject.References[0].Image.Artifact, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateRun_ManyMistakes_AreToldAllAtOnce()
    {
        await using var world = await TestWorld.StartAsync();
        var settings = Settings.Style(anchorCount: 3, anchorsPerRound: 4);
        settings.Subject.Anchors[1] = "  ";
        settings.Training.LearningRate = double.NaN;
        settings.ActiveLearning.OpennessFactor = -1;
        settings.Evaluation.ImagesPerPrompt = 0;
        settings.Subject.Identifier = "zq";
        settings.DisplayName = "two\nlines";

        var error = await RefusedAsync(world, settings);
        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        var fields = error.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Select(v => v.Field).ToHashSet();
        Assert.Superset(
            new HashSet<string> { "settings.subject.anchors[1]", "settings.training.learning_rate", "settings.active_learning.openness_factor", "settings.active_learning.anchors_per_round", "settings.evaluation.images_per_prompt", "settings.subject.identifier", "settings.display_name" },
            fields);
        Assert.Contains("anchors_per_round is 4; it must be at most 3", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateRun_WordToLearn_MustStandInEveryPrompt()
    {
        await using var world = await TestWorld.StartAsync();
        var settings = Settings.Style(anchorCount: 2);
        settings.Training = new() { Method = TrainingMethod.TextualInversion, TextualInversion = new() { Token = "<ink>", InitialWord = "oil" }, CycleCount = 2 };
        settings.Subject.References[0].Prompt = "a cat in <ink>";
        settings.PriorPreservation = new() { ClassPrompt = "a cat" };

        var fields = (await RefusedAsync(world, settings)).GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Select(v => v.Field);
        Assert.Equal(["settings.training.cycle_count", "settings.prior_preservation", "settings.subject.anchors[0]", "settings.subject.anchors[1]"], fields);
    }

    [Theory]
    [InlineData(0, "no PNG, JPEG or WebP", "hello")]
    [InlineData(15, "at least 16", null)]
    public async Task CreateRun_BadPicture_IsRefusedByItsField(int side, string said, string? text)
    {
        await using var world = await TestWorld.StartAsync();
        var settings = Settings.Style();
        settings.Subject.References[0].Image.Data = text is null ? ByteString.CopyFrom(Imaging.PngEncoder.Encode(new(side, side, new byte[side * side * 3]))) : ByteString.CopyFromUtf8(text);
        var error = await RefusedAsync(world, settings);
        var violation = Assert.Single(error.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations);
        Assert.Equal("settings.subject.references[0].image", violation.Field);
        Assert.Contains(said, violation.Description, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task CreateRun_UnknownArtifactAndModel_AreRefused()
    {
        await using var world = await TestWorld.StartAsync();
        var settings = Settings.Style();
        settings.Model = "large";
        Assert.Contains("\"tiny\"", (await RefusedAsync(world, settings)).Status.Detail, StringComparison.Ordinal);

        settings = Settings.Style();
        settings.Subject.References[0].Image.Artifact = $"sha256:{new string('0', 64)}";
        Assert.Contains("upload it first", (await RefusedAsync(world, settings)).Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateRun_ServiceMissing_SaysWhichAddressAndWhatToStart()
    {
        await using var world = await TestWorld.StartAsync();
        await world.Services.StopAsync("training");
        var error = await RefusedAsync(world, Settings.Style());
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Contains(world.Services.AddressOf("training"), error.Status.Detail, StringComparison.Ordinal);
        Assert.Contains("gal serve training", error.Status.Detail, StringComparison.Ordinal);
    }

    private static async Task<RpcException> RefusedAsync(TestWorld world, RunSettings settings, string requestId = "") =>
        await Assert.ThrowsAsync<RpcException>(async () => await world.Client.CreateRunAsync(new() { RequestId = requestId, Settings = settings }));
}
