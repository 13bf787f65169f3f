using Gal.Coordination.Tests.Fakes;
using Gal.V1;
using Google.Rpc;
using Grpc.Core;

namespace Gal.Coordination.Tests.Api;

public class ReadRunTests
{
    [Fact]
    public async Task WatchRun_FromAnyNumber_TellsTheRestInOrder()
    {
        await using var world = await TestWorld.StartAsync();
        var run = await world.RunAsync(Settings.Style());
        var all = await world.WatchAsync(run.Name, 0);
        Assert.Equal(JobState.Succeeded, all[^1].State);
        Assert.Equal(run.LastSequenceNumber, all[^1].SequenceNumber);
        Assert.Equal(all.Select(e => e.SequenceNumber).Order().Distinct(), all.Select(e => e.SequenceNumber));
        for (var after = 0L; after <= run.LastSequenceNumber + 1; after++)
        {
            Assert.Equal(all.Where(e => e.SequenceNumber > after), await world.WatchAsync(run.Name, after));
        }
    }

    [Fact]
    public async Task WatchRun_WholeRun_TellsEachStepOnceWithItsParts()
    {
        await using var world = await TestWorld.StartAsync();
        var events = await world.WatchAsync((await world.RunAsync(Settings.Style(rounds: 2))).Name, 0);
        RunEvent.EventOneofCase[] expected =
        [
            RunEvent.EventOneofCase.State, RunEvent.EventOneofCase.State,
            RunEvent.EventOneofCase.RoundStarted, RunEvent.EventOneofCase.TrainingFinished, RunEvent.EventOneofCase.EvaluationFinished,
            RunEvent.EventOneofCase.SamplingFinished, RunEvent.EventOneofCase.ScoringFinished, RunEvent.EventOneofCase.SelectionMade,
            RunEvent.EventOneofCase.RoundStarted, RunEvent.EventOneofCase.TrainingFinished, RunEvent.EventOneofCase.EvaluationFinished,
            RunEvent.EventOneofCase.Stopped, RunEvent.EventOneofCase.State,
        ];
        Assert.Equal(expected, events.Select(e => e.EventCase).Where(c => c != RunEvent.EventOneofCase.Warning));
        var scored = events.Single(e => e.ScoringFinished is not null);
        Assert.Equal((1, 7, 7), (scored.RoundNumber, scored.ScoringFinished.Anchors.Count, scored.ScoringFinished.Ranking.Count));
        Assert.All(scored.ScoringFinished.Anchors, a => Assert.Equal(a.OverfitCount, a.OverfitFlags.Count(f => f)));
    }

    [Fact]
    public async Task WatchRun_WhileTraining_PassesProgressOn()
    {
        await using var world = await TestWorld.StartAsync();
        var hold = world.Services.Training.Jobs.Hold = new();
        var name = (await world.Client.CreateRunAsync(new() { Settings = Settings.Style(rounds: 1, promptCount: 0) })).Name;
        using var call = world.Client.WatchRun(new() { Name = name });
        var events = new List<RunEvent>();
        await foreach (var item in call.ResponseStream.ReadAllAsync())
        {
            events.Add(item);
            if (item.RoundStarted is not null)
            {
                await world.Services.Training.Jobs.WaitForCreationAsync(1);
            }

            if (item.TrainingProgress is not null)
            {
                hold.TrySetResult();
            }
        }

        Assert.Contains(events, e => e.TrainingProgress?.StepCount == 3 && e.SequenceNumber == 0 && e.RoundNumber == 1);
        Assert.Equal(JobState.Succeeded, events[^1].State);
    }

    [Fact]
    public async Task GetRun_UnknownName_NotFoundWithTheName()
    {
        await using var world = await TestWorld.StartAsync();
        var error = await Assert.ThrowsAsync<RpcException>(async () => await world.Client.GetRunAsync(new() { Name = "runs/none" }));
        Assert.Equal(StatusCode.NotFound, error.StatusCode);
        Assert.Equal("runs/none", error.GetRpcStatus()!.GetDetail<ResourceInfo>()!.ResourceName);
    }

    [Fact]
    public async Task ListRuns_InPages_GivesEachRunOnceNewestFirst()
    {
        await using var world = await TestWorld.StartAsync();
        world.Services.Training.Jobs.Hold = new();
        var names = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            names.Insert(0, (await world.Client.CreateRunAsync(new() { Settings = Settings.Style() })).Name);
        }

        var (listed, token) = (new List<Run>(), "");
        do
        {
            var page = await world.Client.ListRunsAsync(new() { PageSize = 2, PageToken = token });
            listed.AddRange(page.Runs);
            token = page.NextPageToken;
        }
        while (token.Length > 0);
        Assert.Equal(names, listed.Select(r => r.Name));
        Assert.All(listed, r => Assert.Empty(r.Rounds));
    }

    [Fact]
    public async Task EvaluateRun_OwnPromptsAndRound_GivesTheRoundsOwnMeasurements()
    {
        await using var world = await TestWorld.StartAsync();
        var run = await world.RunAsync(Settings.Style());
        using var call = world.Client.EvaluateRun(new() { Name = run.Name, RoundNumber = 2 });
        var answers = await call.ResponseStream.ReadAllAsync().ToListAsync();
        Assert.NotNull(answers[0].Progress);
        Assert.Equal(run.Rounds[1].Evaluation, answers[^1].Evaluation);
        Assert.Equal(run, await world.Client.GetRunAsync(new() { Name = run.Name }));
    }

    [Fact]
    public async Task EvaluateRun_OtherPrompts_MeasuresThose()
    {
        await using var world = await TestWorld.StartAsync();
        var run = await world.RunAsync(Settings.Style(rounds: 1));
        using var call = world.Client.EvaluateRun(new() { Name = run.Name, Evaluation = new() { Prompts = { "one thing in oil" }, ImagesPerPrompt = 2, Seed = 1 } });
        var evaluation = (await call.ResponseStream.ReadAllAsync().ToListAsync())[^1].Evaluation;
        Assert.Equal([1, 2], evaluation.Images.Select(i => i.Seed));
    }

    [Fact]
    public async Task EvaluateRun_NoCheckpointYet_IsAWrongState()
    {
        await using var world = await TestWorld.StartAsync();
        world.Services.Training.Jobs.Hold = new();
        var name = (await world.Client.CreateRunAsync(new() { Settings = Settings.Style() })).Name;
        using var call = world.Client.EvaluateRun(new() { Name = name });
        var error = await Assert.ThrowsAsync<RpcException>(async () => await call.ResponseStream.MoveNext(default));
        Assert.Equal(StatusCode.FailedPrecondition, error.StatusCode);
    }

    [Fact]
    public async Task GetCapabilities_OneServiceMissing_SaysSo()
    {
        await using var world = await TestWorld.StartAsync();
        await world.Services.StopAsync("generation");
        var capabilities = await world.Client.GetCapabilitiesAsync(new());
        Assert.Equal("coordinator", capabilities.Service);
        Assert.Equal(["generation", "training", "scoring"], capabilities.Components.Select(c => c.Name));
        Assert.Equal([false, true, true], capabilities.Components.Select(c => c.Available));
        Assert.Contains("gal serve generation", capabilities.Components[0].Detail, StringComparison.Ordinal);
    }
}
