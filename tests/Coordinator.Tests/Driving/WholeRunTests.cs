using Gal.Coordination.Tests.Fakes;
using Gal.V1;

namespace Gal.Coordination.Tests.Driving;

public class WholeRunTests
{
    [Fact]
    public async Task Run_Style_TrainsMeasuresSamplesScoresAndSelectsEveryRound()
    {
        await using var world = await TestWorld.StartAsync();
        var run = await world.RunAsync(Settings.Style());

        Assert.Equal(JobState.Succeeded, run.State);
        Assert.Equal(StopReason.MaxRounds, run.StopReason);
        Assert.Equal(3, run.Rounds.Count);
        Assert.Equal([1, 3, 5], run.Rounds.Select(r => r.Samples.Count));
        Assert.Equal([7, 5, 0], run.Rounds.Select(r => r.Anchors.Count));
        Assert.Equal([2, 2, 0], run.Rounds.Select(r => r.Selections.Count));
        Assert.All(run.Rounds, r => Assert.Equal(6, r.Evaluation.ImageCount));
        Assert.All(run.Rounds, r => Assert.Equal([0.5, 0.25, 0.125], r.Losses));
        Assert.Equal(64, run.RecordDigest.Length);
        Assert.NotNull(run.EndTime);
        Assert.Equal("A processor", Assert.Single(run.Devices).Model);
    }

    [Fact]
    public async Task Run_SelectedImages_AreTrainedOnWithTheOpennessOfTheirRound()
    {
        await using var world = await TestWorld.StartAsync();
        var run = await world.RunAsync(Settings.Style());

        var trained = world.Services.Training.Jobs.Created.ToList();
        Assert.Equal(3, trained.Count);
        var expected = run.Rounds[0].Selections.Select(s => (s.Image.Artifact, run.Settings.Subject.Anchors[s.AnchorIndex], run.Rounds[0].Openness));
        Assert.Equal(expected, trained[1].Samples.Skip(1).Select(s => (s.Image.Artifact, s.Prompt, s.LossWeight)));
        Assert.All(trained, t => Assert.Equal(5, t.Settings.Seed));
        Assert.Equal(1, trained[1].Samples[0].LossWeight);
        Assert.InRange(run.Rounds[0].Openness, 1e-6, 0.005 * Math.Log(2));
    }

    [Fact]
    public async Task Run_MethodAndOptions_ReachTrainingAndStayInTheRecord()
    {
        await using var world = await TestWorld.StartAsync();
        var settings = Settings.Style(rounds: 1, promptCount: 0);
        settings.Training.MergeFrom(new TrainingSettings
        {
            Method = TrainingMethod.Lora,
            Lora = new() { Rank = 8 },
            LearningRateSchedule = LearningRateSchedule.Cosine,
            MinSnrGamma = 5,
            MovingAverage = new() { Decay = 0.99 },
        });

        var run = await world.RunAsync(settings);

        var sent = Assert.Single(world.Services.Training.Jobs.Created).Settings;
        Assert.Equal(run.Settings.Training, sent);
        Assert.Equal((TrainingMethod.Lora, 8, 8.0, 1e-4, LearningRateSchedule.Cosine, 0.99, 5.0), (sent.Method, sent.Lora.Rank, sent.Lora.Alpha, sent.LearningRate, sent.LearningRateSchedule, sent.MovingAverage.Decay, sent.MinSnrGamma));
        Assert.Empty(TrainingRules.FindViolations(sent));
    }

    [Fact]
    public async Task Run_TrainingsOwnPicturesAndWeights_StandInTheRound()
    {
        await using var world = await TestWorld.StartAsync();
        var settings = Settings.Style(rounds: 1, promptCount: 0);
        settings.Training.SampleImages = new() { IntervalStepCount = 2, Prompts = { "a cat" } };

        var round = Assert.Single((await world.RunAsync(settings)).Rounds);

        Assert.Equal([2], round.SampleImages.Select(looked => looked.Step));
        Assert.Equal(round.Checkpoint, Assert.Single(round.SavedWeights).Checkpoint);
    }

    [Fact]
    public async Task Run_Sampling_UsesTheDocumentedSeedsAndTheRoundsCheckpoint()
    {
        await using var world = await TestWorld.StartAsync();
        var run = await world.RunAsync(Settings.Style());

        var pool = world.Services.Generation.Jobs.Created.Where(g => g.RequestId.Contains("anchors")).ToList();
        Assert.Equal(Enumerable.Range(0, 42).Select(n => (5L * 1000003) + n), pool[0].Images.Select(i => i.Seed));
        var left = run.Rounds[1].Anchors.Select(a => a.AnchorIndex);
        Assert.Equal(left.SelectMany(i => Enumerable.Range(0, 6).Select(j => (5L * 1000003) + (i * 6) + j)), pool[1].Images.Select(i => i.Seed));
        Assert.Equal(run.Rounds[1].Checkpoint, pool[1].Model.Checkpoint);

        var evaluation = world.Services.Generation.Jobs.Created.First(g => g.RequestId.Contains("evaluation"));
        Assert.Equal([8888, 8889, 8890, 8891, 8892, 8893], evaluation.Images.Select(i => i.Seed));
    }

    [Fact]
    public async Task Run_ObjectMode_DrawsClassPicturesFirstAndScoresWithoutTheIdentifier()
    {
        await using var world = await TestWorld.StartAsync();
        var run = await world.RunAsync(Settings.Object());

        Assert.Equal(JobState.Succeeded, run.State);
        Assert.Equal(4, run.ClassImages.Count);
        var first = world.Services.Generation.Jobs.Created.First();
        Assert.All(first.Images, i => Assert.Equal("a cat", i.Prompt));
        Assert.Equal("", first.Model.Checkpoint);
        Assert.All(world.Services.Training.Jobs.Created, t => Assert.Equal(run.ClassImages, t.PriorPreservation.ClassImages));

        // Anchors are scored with the identifier, as published.
        Assert.True(world.Services.Scoring.Judged.TryPeek(out var judged));
        Assert.Equal("a zq cat at place 0", judged.Directions[0].Prompt);
        Assert.Contains(run.Warnings, w => w.Reason == "IDENTIFIER_SHIFT" && w.Message.Contains("\"a cat\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_WorkTimes_AreSummedByKindPerRoundAndInAll()
    {
        await using var world = await TestWorld.StartAsync();
        var run = await world.RunAsync(Settings.Style());

        var round = run.Rounds[0].WorkTimes.ToDictionary(t => t.Kind, t => (t.Duration.ToTimeSpan().TotalSeconds, t.UnitCount));
        Assert.Equal((1, 3), round[WorkKind.Training]);
        Assert.Equal((4, 6 + 42), round[WorkKind.Denoising]);
        Assert.Equal((3, 6), round[WorkKind.Scoring]);
        Assert.Equal(3, run.WorkTimes.Single(t => t.Kind == WorkKind.Training).Duration.Seconds);
    }

    [Fact]
    public async Task Run_SameWarningEachRound_IsKeptOnce()
    {
        await using var world = await TestWorld.StartAsync();
        var run = await world.RunAsync(Settings.Style());
        Assert.Equal("PROMPT_TRUNCATED", Assert.Single(run.Warnings).Reason);
    }

    [Theory]
    [InlineData(Strategy.Dreambooth, StopReason.NoQuery, 1)]
    [InlineData(Strategy.Random, StopReason.MaxRounds, 3)]
    [InlineData(Strategy.ClipFeedback, StopReason.MaxRounds, 3)]
    public async Task Run_OtherStrategies_EndAsTheyShould(Strategy strategy, StopReason reason, int rounds)
    {
        await using var world = await TestWorld.StartAsync();
        var run = await world.RunAsync(Settings.Style(strategy: strategy));
        Assert.Equal((JobState.Succeeded, reason, rounds), (run.State, run.StopReason, run.Rounds.Count));
    }

    [Fact]
    public async Task Run_WithoutEvaluationPrompts_MeasuresNothing()
    {
        await using var world = await TestWorld.StartAsync();
        var run = await world.RunAsync(Settings.Style(promptCount: 0));
        Assert.Equal(JobState.Succeeded, run.State);
        Assert.All(run.Rounds, r => Assert.Null(r.Evaluation));
    }

    [Fact]
    public async Task Run_SeparateStores_CopiesArtifactsAndEndsWithTheSameRecord()
    {
        await using var shared = await TestWorld.StartAsync();
        await using var separate = await TestWorld.StartAsync(oneStore: false);
        var (one, other) = (await shared.RunAsync(Settings.Object()), await separate.RunAsync(Settings.Object()));

        Assert.Equal((JobState.Succeeded, one.RecordDigest), (other.State, other.RecordDigest));
        foreach (var artifact in other.Rounds.Select(r => r.Checkpoint).Concat(other.Rounds.SelectMany(r => r.Anchors).SelectMany(a => a.Images).Select(i => i.Artifact)))
        {
            Assert.True(await separate.Store.ExistsAsync(Gal.Artifacts.ArtifactId.Parse(artifact), default));
        }
    }

    [Fact]
    public async Task Run_AnotherSeed_GivesAnotherRecord()
    {
        await using var world = await TestWorld.StartAsync();
        var other = Settings.Style();
        other.Seed = 6;
        Assert.NotEqual((await world.RunAsync(Settings.Style())).RecordDigest, (await world.RunAsync(other)).RecordDigest);
    }
}
