using Gal.Coordination.Events;
using Gal.Coordination.Runs;
using Gal.Coordination.Storage;
using Gal.Coordination.Tests.Fakes;
using Gal.V1;
using Microsoft.Data.Sqlite;

namespace Gal.Coordination.Tests.Driving;

public class ContinuationTests
{
    [Fact]
    public async Task Restart_AfterEveryPrefixOfEvents_EndsWithTheSameRecord()
    {
        await using var world = await TestWorld.StartAsync();
        var undisturbed = await world.RunAsync(Settings.Object());
        await world.StopCoordinatorAsync();
        var events = await ReadAsync(world, undisturbed.Name);
        Assert.InRange(events.Count, 20, 40);
        var (trained, sampled) = (world.Services.Training.Jobs.Created.Count, world.Services.Generation.Jobs.Created.Count);

        for (var length = 1; length < events.Count; length++)
        {
            await WriteAsync(world, undisturbed.Name, events.Take(length));
            await world.StartCoordinatorAsync();
            var continued = await world.WaitForEndAsync(undisturbed.Name);
            await world.StopCoordinatorAsync();
            Assert.Equal((JobState.Succeeded, undisturbed.RecordDigest), (continued.State, continued.RecordDigest));
        }

        // Nothing was trained or sampled twice.
        Assert.Equal((trained, sampled), (world.Services.Training.Jobs.Created.Count, world.Services.Generation.Jobs.Created.Count));
    }

    [Fact]
    public async Task Fold_EveryPrefix_AgreesWithTheContractsView()
    {
        await using var world = await TestWorld.StartAsync();
        var run = await world.RunAsync(Settings.Style());
        var events = await ReadAsync(world, run.Name);
        for (var length = 1; length <= events.Count; length++)
        {
            RecordedEvent[] prefix = [.. events.Take(length)];
            var (driven, view) = (DrivenRun.Of("x", prefix), RunProjection.Of("x", prefix));
            Assert.Equal(driven.LastSequenceNumber, view.LastSequenceNumber);
            Assert.Equal(driven.Method.Rounds.Count, view.Rounds.Count);
            Assert.Equal(driven.HasEnded, view.State == JobState.Succeeded);
            Assert.Equal(driven.Method.Rounds.Select(r => r.Checkpoint ?? ""), view.Rounds.Select(r => r.Checkpoint));
        }
    }

    [Fact]
    public async Task Restart_WhileTraining_FollowsTheSameTraining()
    {
        await using var world = await TestWorld.StartAsync();
        var hold = world.Services.Training.Jobs.Hold = new();
        var name = (await world.Client.CreateRunAsync(new() { Settings = Settings.Style() })).Name;
        await world.Services.Training.Jobs.WaitForCreationAsync(1);
        await world.StopCoordinatorAsync();
        Assert.Equal(JobState.Running, world.Services.Training.Jobs.States.Single());

        await world.StartCoordinatorAsync();
        hold.SetResult();
        var run = await world.WaitForEndAsync(name);
        Assert.Equal(JobState.Succeeded, run.State);
        Assert.Equal(3, world.Services.Training.Jobs.Created.Count);
    }

    [Fact]
    public async Task Restart_WithoutResume_ReportsTheRunAsQueuedAndStartsNothing()
    {
        await using var world = await TestWorld.StartAsync();
        world.Services.Training.Jobs.Hold = new();
        var name = (await world.Client.CreateRunAsync(new() { Settings = Settings.Style() })).Name;
        await world.Services.Training.Jobs.WaitForCreationAsync(1);
        Assert.Equal(JobState.Running, (await world.Client.GetRunAsync(new() { Name = name })).State);
        await world.StopCoordinatorAsync();

        await world.StartCoordinatorAsync(resumeOnStart: false);
        Assert.Equal(JobState.Queued, (await world.Client.GetRunAsync(new() { Name = name })).State);

        world.Services.Training.Jobs.Hold.SetResult();
        await world.Client.ResumeRunAsync(new() { Name = name });
        Assert.Equal(JobState.Succeeded, (await world.WaitForEndAsync(name)).State);
    }

    private static RunStore Store(TestWorld world) => new(new DatabaseContexts(world.StateFolder), TimeProvider.System);

    private static Task<IReadOnlyList<RecordedEvent>> ReadAsync(TestWorld world, string name) => Store(world).ReadAsync(name["runs/".Length..], 0, default);

    // A database with this run alone, as a kill after the last of these events leaves it.
    private static async Task WriteAsync(TestWorld world, string name, IEnumerable<RecordedEvent> events)
    {
        SqliteConnection.ClearAllPools();
        foreach (var file in Directory.GetFiles(world.StateFolder, "runs.db*"))
        {
            File.Delete(file);
        }

        var (store, id) = (Store(world), name["runs/".Length..]);
        await store.OpenAsync(default);
        foreach (var recorded in events)
        {
            await (recorded.Event is StoredEvent.RunCreated created
                ? store.CreateAsync(new RunRow { Id = id, RequestHash = "" }, created, default)
                : store.AppendAsync(id, recorded.SequenceNumber, recorded.Event, default));
        }
    }
}
