using Gal.Coordination.Tests.Fakes;
using Gal.V1;
using Grpc.Core;

namespace Gal.Coordination.Tests.Driving;

public class CancelTests
{
    [Fact]
    public async Task Cancel_WhileTraining_StopsTheTrainingAndTheRunCanGoOn()
    {
        await using var world = await TestWorld.StartAsync();
        var undisturbed = await world.RunAsync(Settings.Style());
        world.Services.Training.Jobs.Hold = new();
        var name = (await world.Client.CreateRunAsync(new() { Settings = Settings.Style() })).Name;
        await world.Services.Training.Jobs.WaitForCreationAsync(4);

        var cancelled = await world.Client.CancelRunAsync(new() { Name = name });
        Assert.Equal(JobState.Cancelled, cancelled.State);
        Assert.Contains("resume", cancelled.Error.Message, StringComparison.Ordinal);
        Assert.Contains(JobState.Cancelled, world.Services.Training.Jobs.States);

        world.Services.Training.Jobs.Hold = null;
        var resumed = await world.Client.ResumeRunAsync(new() { Name = name });
        Assert.NotEqual(JobState.Cancelled, resumed.State);
        var run = await world.WaitForEndAsync(name);
        Assert.Equal((JobState.Succeeded, undisturbed.RecordDigest), (run.State, run.RecordDigest));
        Assert.Null(run.Error);
    }

    [Fact]
    public async Task Cancel_WhileSampling_StopsTheGeneration()
    {
        await using var world = await TestWorld.StartAsync();
        world.Services.Generation.Jobs.Hold = new();
        var name = (await world.Client.CreateRunAsync(new() { Settings = Settings.Style() })).Name;
        await world.Services.Generation.Jobs.WaitForCreationAsync(1);
        Assert.Equal(JobState.Cancelled, (await world.Client.CancelRunAsync(new() { Name = name })).State);
        Assert.Equal(JobState.Cancelled, world.Services.Generation.Jobs.States.Single());
    }

    [Fact]
    public async Task Cancel_RunThatWaitsForItsTurn_EndsItWithoutWork()
    {
        await using var world = await TestWorld.StartAsync();
        world.Services.Training.Jobs.Hold = new();
        await world.Client.CreateRunAsync(new() { Settings = Settings.Style() });
        await world.Services.Training.Jobs.WaitForCreationAsync(1);
        var second = await world.Client.CreateRunAsync(new() { Settings = Settings.Style() });
        Assert.Equal(JobState.Queued, second.State);

        Assert.Equal(JobState.Cancelled, (await world.Client.CancelRunAsync(new() { Name = second.Name })).State);
        Assert.Single(world.Services.Training.Jobs.Created);
    }

    [Fact]
    public async Task Cancel_EndedRun_IsAWrongState()
    {
        await using var world = await TestWorld.StartAsync();
        var run = await world.RunAsync(Settings.Style(rounds: 1, promptCount: 0));
        var error = await Assert.ThrowsAsync<RpcException>(async () => await world.Client.CancelRunAsync(new() { Name = run.Name }));
        Assert.Equal(StatusCode.FailedPrecondition, error.StatusCode);
        error = await Assert.ThrowsAsync<RpcException>(async () => await world.Client.ResumeRunAsync(new() { Name = run.Name }));
        Assert.Equal(StatusCode.FailedPrecondition, error.StatusCode);
    }

    [Fact]
    public async Task Cancel_LeftUnfinishedByAnotherProcess_EndsItWithoutNewWork()
    {
        await using var world = await TestWorld.StartAsync();
        world.Services.Training.Jobs.Hold = new();
        var name = (await world.Client.CreateRunAsync(new() { Settings = Settings.Style() })).Name;
        await world.Services.Training.Jobs.WaitForCreationAsync(1);
        await world.StopCoordinatorAsync();

        await world.StartCoordinatorAsync(resumeOnStart: false);
        Assert.Equal(JobState.Cancelled, (await world.Client.CancelRunAsync(new() { Name = name })).State);
        Assert.Equal([JobState.Cancelled], world.Services.Training.Jobs.States);
    }
}
