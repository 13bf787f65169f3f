using Gal.Coordination.Tests.Fakes;
using Gal.Hosting.Errors;
using Gal.V1;
using Google.Rpc;
using Grpc.Core;

namespace Gal.Coordination.Tests.Driving;

public class FailureTests
{
    [Fact]
    public async Task Run_TrainingFails_FailsWithItsErrorAndTrainsAnewWhenResumed()
    {
        await using var world = await TestWorld.StartAsync();
        world.Services.Training.Jobs.FailNext = RpcErrors.Status(Code.FailedPrecondition, "LOSS_NOT_FINITE", "The loss of step 2 is NaN.");
        var failed = await world.RunAsync(Settings.Style());
        Assert.Equal(JobState.Failed, failed.State);
        Assert.Equal("The loss of step 2 is NaN.", failed.Error.Message);
        Assert.Equal("LOSS_NOT_FINITE", failed.Error.GetDetail<ErrorInfo>()!.Reason);

        await world.Client.ResumeRunAsync(new() { Name = failed.Name });
        var run = await world.WaitForEndAsync(failed.Name);
        Assert.Equal(JobState.Succeeded, run.State);
        Assert.Equal(4, world.Services.Training.Jobs.Created.Count);
    }

    [Fact]
    public async Task Run_ServiceGone_FailsWithAddressAndRemedyAndGoesOnWhenItIsBack()
    {
        await using var world = await TestWorld.StartAsync();
        var hold = world.Services.Training.Jobs.Hold = new();
        var name = (await world.Client.CreateRunAsync(new() { Settings = Settings.Style() })).Name;
        await world.Services.Training.Jobs.WaitForCreationAsync(1);
        await world.Services.StopAsync("scoring");
        hold.SetResult();

        var failed = await world.WaitForEndAsync(name);
        Assert.Equal(JobState.Failed, failed.State);
        Assert.Contains(world.Services.AddressOf("scoring"), failed.Error.Message, StringComparison.Ordinal);
        Assert.Contains("gal serve scoring", failed.Error.Message, StringComparison.Ordinal);
        Assert.Contains(failed.Warnings, w => w.Reason == "SERVICE_UNAVAILABLE");

        await world.Services.StartAsync<FakeScoringService>("scoring");
        await world.Client.ResumeRunAsync(new() { Name = name });
        Assert.Equal(JobState.Succeeded, (await world.WaitForEndAsync(name)).State);
        Assert.Equal(3, world.Services.Training.Jobs.Created.Count);
    }

    [Fact]
    public async Task Run_ServiceGoneForAMoment_IsWaitedFor()
    {
        await using var world = await TestWorld.StartAsync();
        await world.StopCoordinatorAsync();
        await world.StartCoordinatorAsync(unavailableSeconds: 60);
        var hold = world.Services.Training.Jobs.Hold = new();
        var name = (await world.Client.CreateRunAsync(new() { Settings = Settings.Style() })).Name;
        await world.Services.Training.Jobs.WaitForCreationAsync(1);
        await world.Services.StopAsync("training");
        await world.Services.StartAsync<FakeTrainingService>("training");
        hold.SetResult();
        var run = await world.WaitForEndAsync(name);
        Assert.True(run.State == JobState.Succeeded, $"{run.Error}");
        Assert.Equal(3, world.Services.Training.Jobs.Created.Count);
    }

    [Fact]
    public async Task Run_ScoringRefuses_FailsWithItsError()
    {
        await using var world = await TestWorld.StartAsync();
        world.Services.Scoring.Refuse = RpcErrors.InvalidField("directions[0].images", "black", "must show something", "IMAGE_BLACK");
        var run = await world.RunAsync(Settings.Style());
        Assert.Equal(JobState.Failed, run.State);
        Assert.Equal((int)Code.InvalidArgument, run.Error.Code);
        Assert.Single(run.Rounds);
    }

    [Fact]
    public async Task Run_QueueFull_IsWaitedForHoweverLong()
    {
        await using var world = await TestWorld.StartAsync();
        world.Services.Scoring.Refuse = RpcErrors.Exhausted("QUEUE_FULL", "Full.", TimeSpan.FromMilliseconds(50)).ToRpcException();
        var name = (await world.Client.CreateRunAsync(new() { Settings = Settings.Style() })).Name;
        await world.Services.Generation.Jobs.WaitForCreationAsync(2);
        await Task.Delay(1500);
        Assert.Equal(JobState.Running, (await world.Client.GetRunAsync(new() { Name = name })).State);
        world.Services.Scoring.Refuse = null;
        Assert.Equal(JobState.Succeeded, (await world.WaitForEndAsync(name)).State);
    }
}
