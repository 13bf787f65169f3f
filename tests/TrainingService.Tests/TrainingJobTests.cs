using Gal.Diffusion.Training;
using Gal.Tests.Services;
using Gal.V1;
using Grpc.Core;

namespace Gal.Training.Tests;

public sealed class TrainingJobTests : IDisposable
{
    private const int DiskFull = 28; // ENOSPC
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task CreateTraining_TenSteps_SucceedsWithCheckpointLossesAndCounts()
    {
        var engine = new FakeEngine();
        var (service, client) = await Host.StartAsync(_folder, engine);
        await using var _ = service;

        var done = await Host.RunAsync(client, Host.Request());

        Assert.Equal(JobState.Succeeded, done.State);
        Assert.StartsWith("sha256:", done.Checkpoint);
        Assert.Equal(10, done.Losses.Count);
        Assert.Equal([5, 5], done.SampleUseCounts);
        Assert.Equal((10, 10), (done.Progress.Step, done.Progress.StepCount));
        Assert.Equal(0.01, done.Progress.SecondsPerStep, 1e-9);
        Assert.Equal(10, done.WorkTimes.Single(t => t.Kind == WorkKind.Training).UnitCount);
        Assert.Equal(3, done.WorkTimes.Single(t => t.Kind == WorkKind.Storing).UnitCount);
        Assert.Equal(0, engine.OpenSessionCount);
        Assert.Equal([1, 0.003], engine.Plan!.Samples.Select(s => s.LossWeight));
    }

    [Fact]
    public async Task WatchTraining_TenSteps_TellsOfSavedStatesAndProgress()
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeEngine());
        await using var _ = service;

        var created = await client.CreateTrainingAsync(Host.Request());
        var events = await Host.WatchAsync(client, created.Name);

        Assert.Equal([4, 8], events.Where(e => e.EventCase == TrainingEvent.EventOneofCase.SavedStep).Select(e => e.SavedStep));
        Assert.All(events.Where(e => e.EventCase == TrainingEvent.EventOneofCase.Progress), e => Assert.Equal(0, e.SequenceNumber));
        Assert.Equal(JobState.Succeeded, events[^1].State);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(6)]
    [InlineData(9)]
    public async Task Restart_AtAStep_EndsWithTheSameBits(int stopStep)
    {
        using var undisturbedFolder = new TemporaryFolder();
        var (undisturbed, undisturbedClient) = await Host.StartAsync(undisturbedFolder, new FakeEngine());
        await using var _ = undisturbed;
        var expected = await Host.RunAsync(undisturbedClient, Host.Request());

        var atStep = new SyncPoint();
        var (service, client) = await Host.StartAsync(_folder, new FakeEngine { BeforeStep = (step, cancellationToken) => step == stopStep ? atStep.ReachAsync(cancellationToken) : Task.CompletedTask });
        var created = await client.CreateTrainingAsync(Host.Request());
        await atStep.ReachedAsync();
        await service.DisposeAsync();
        var engine = new FakeEngine();
        (service, client) = await Host.StartAsync(_folder, engine);
        await using var __ = service;
        await Host.WatchAsync(client, created.Name);
        var done = await client.GetTrainingAsync(new() { Name = created.Name });

        Assert.Equal(stopStep / 4 * 4 + 1, engine.Steps[0]);
        Assert.Equal(expected.Checkpoint, done.Checkpoint);
        Assert.Equal(expected.Losses, done.Losses);
        Assert.Equal(expected.SampleUseCounts, done.SampleUseCounts);
        Assert.Equal(10, done.WorkTimes.Single(t => t.Kind == WorkKind.Training).UnitCount);
    }

    [Fact]
    public async Task Restart_NewestStateDamaged_GoesOnFromTheOneBefore()
    {
        var atStep = new SyncPoint();
        var (service, client) = await Host.StartAsync(_folder, new FakeEngine { BeforeStep = (step, cancellationToken) => step == 10 ? atStep.ReachAsync(cancellationToken) : Task.CompletedTask });
        var created = await client.CreateTrainingAsync(Host.Request());
        await atStep.ReachedAsync();
        await service.DisposeAsync();
        var newest = Directory.EnumerateFiles(_folder.Path, "*.state", SearchOption.AllDirectories).Order().Last();
        File.WriteAllText(newest, "torn");

        var engine = new FakeEngine();
        (service, client) = await Host.StartAsync(_folder, engine);
        await using var _ = service;
        await Host.WatchAsync(client, created.Name);

        Assert.Equal(5, engine.Steps[0]);
        Assert.Equal(JobState.Succeeded, (await client.GetTrainingAsync(new() { Name = created.Name })).State);
    }

    [Fact]
    public async Task CancelTraining_AtAStep_StopsThereAndKeepsTheSavedState()
    {
        var atStep = new SyncPoint();
        var engine = new FakeEngine { BeforeStep = (step, cancellationToken) => step == 6 ? atStep.ReachAsync(cancellationToken) : Task.CompletedTask };
        var (service, client) = await Host.StartAsync(_folder, engine);
        await using var _ = service;
        var created = await client.CreateTrainingAsync(Host.Request());
        await atStep.ReachedAsync();

        var cancelled = await client.CancelTrainingAsync(new() { Name = created.Name }).ResponseAsync.DefaultTimeout();

        Assert.Equal(JobState.Cancelled, cancelled.State);
        Assert.Equal([1, 2, 3, 4, 5], engine.Steps);
        Assert.Equal(0, engine.OpenSessionCount);
        Assert.Single(Directory.EnumerateFiles(_folder.Path, "*.state", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Loss_NotFinite_FailsTheJobWithTheStepsNumber()
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeEngine { BeforeStep = (step, _) => step == 6 ? throw new TrainingDivergedException(6, double.NaN, 1) : Task.CompletedTask });
        await using var _ = service;

        var failed = await Host.RunAsync(client, Host.Request());

        Assert.Equal(JobState.Failed, failed.State);
        Assert.Equal((int)StatusCode.FailedPrecondition, failed.Error.Code);
        Assert.StartsWith("Step 6 has loss NaN", failed.Error.Message);
        Assert.Equal(5, failed.Losses.Count);
        Assert.Equal(5, Assert.Single(failed.SavedWeights).Step);
    }

    [Fact]
    public async Task SavedWeights_EveryTwoSteps_KeepsTheNewestThree()
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeEngine());
        await using var _ = service;
        var request = Host.Request();
        (request.Settings.WeightsSaveIntervalStepCount, request.Settings.KeptWeightsCount) = (2, 3);

        var done = await Host.RunAsync(client, request);

        Assert.Equal([6, 8, 10], done.SavedWeights.Select(w => w.Step));
        Assert.Equal(done.Checkpoint, done.SavedWeights[^1].Checkpoint);
        Assert.Equal(3, done.SavedWeights.Select(w => w.Checkpoint).Distinct().Count());
    }

    [Fact]
    public async Task SavedWeights_Cancelled_AreStoredToo()
    {
        var atStep = new SyncPoint();
        var (service, client) = await Host.StartAsync(_folder, new FakeEngine { BeforeStep = (step, cancellationToken) => step == 6 ? atStep.ReachAsync(cancellationToken) : Task.CompletedTask });
        await using var _ = service;
        var request = Host.Request();
        request.Settings.WeightsSaveIntervalStepCount = 3;
        var created = await client.CreateTrainingAsync(request);
        await atStep.ReachedAsync();

        var cancelled = await client.CancelTrainingAsync(new() { Name = created.Name }).ResponseAsync.DefaultTimeout();

        Assert.Equal(JobState.Cancelled, cancelled.State);
        Assert.Equal([3], cancelled.SavedWeights.Select(w => w.Step));
    }

    [Fact]
    public async Task SampleImages_EveryThreeSteps_AreEventsWithArtifacts()
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeEngine());
        await using var _ = service;
        var request = Host.Request();
        request.Settings.SampleImages = new() { IntervalStepCount = 3, Prompts = { "a cat", "a drum" } };

        var created = await client.CreateTrainingAsync(request);
        var looks = (await Host.WatchAsync(client, created.Name)).Where(e => e.SampleImages is not null).Select(e => e.SampleImages).ToList();

        Assert.Equal([3, 6, 9], looks.Select(l => l.Step));
        Assert.All(looks, l => Assert.Equal(2, l.Images.Count));
        // Step and prompt make the grey, so the second of step 3 is another than the first of step 6.
        Assert.Equal(6, looks.SelectMany(l => l.Images).Select(i => i.Artifact).Distinct().Count());
    }

    [Fact]
    public async Task SampleImages_StepTakenAgainAfterARestart_AreToldOfOnce()
    {
        var atStep = new SyncPoint();
        var request = Host.Request();
        request.Settings.SampleImages = new() { IntervalStepCount = 3, Prompts = { "a cat" } };
        var (service, client) = await Host.StartAsync(_folder, new FakeEngine { BeforeStep = (step, cancellationToken) => step == 8 ? atStep.ReachAsync(cancellationToken) : Task.CompletedTask });
        var created = await client.CreateTrainingAsync(request);
        await atStep.ReachedAsync();
        await service.DisposeAsync();

        (service, client) = await Host.StartAsync(_folder, new FakeEngine());
        await using var _ = service;
        var events = await Host.WatchAsync(client, created.Name);

        Assert.Equal([3, 6, 9], events.Where(e => e.SampleImages is not null).Select(e => e.SampleImages.Step));
        Assert.Equal([3, 6, 9], (await client.GetTrainingAsync(new() { Name = created.Name })).SampleImages.Select(looked => looked.Step));
    }

    [Fact]
    public async Task States_KeptCount_IsObeyed()
    {
        var atStep = new SyncPoint();
        var request = Host.Request(saveInterval: 1);
        request.Settings.KeptStateCount = 4;
        var (service, client) = await Host.StartAsync(_folder, new FakeEngine { BeforeStep = (step, cancellationToken) => step == 9 ? atStep.ReachAsync(cancellationToken) : Task.CompletedTask });
        await using var _ = service;
        await client.CreateTrainingAsync(request);
        await atStep.ReachedAsync();

        Assert.Equal(["0000005.state", "0000006.state", "0000007.state", "0000008.state"], Directory.EnumerateFiles(_folder.Path, "*.state", SearchOption.AllDirectories).Select(Path.GetFileName).Order());
        atStep.Release();
    }

    [Fact]
    public async Task Dtype_Slow_IsWarnedOf()
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeEngine());
        await using var _ = service;
        var request = Host.Request();
        request.Settings.Dtype = Dtype.Bfloat16;

        Assert.Equal("DTYPE_SLOW", Assert.Single((await Host.RunAsync(client, request)).Warnings).Reason);
    }

    [Fact]
    public async Task Dtype_Float16_IsRefused()
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeEngine());
        await using var _ = service;
        var request = Host.Request();
        request.Settings.Dtype = Dtype.Float16;

        var refused = await Assert.ThrowsAsync<RpcException>(async () => await client.CreateTrainingAsync(request));
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        Assert.Contains("settings.dtype is float16, in which gradients underflow; choose bfloat16 or float32.", refused.Status.Detail);
    }

    [Fact]
    public async Task Disk_FullWhileSaving_FailsClearlyAndKeepsTheEarlierState()
    {
        var engine = new FakeEngine { BeforeSave = path => { if (path.Contains("0000008", StringComparison.Ordinal)) { throw new IOException($"No space left on device : '{path}'", DiskFull); } } };
        var (service, client) = await Host.StartAsync(_folder, engine);
        await using var _ = service;

        var failed = await Host.RunAsync(client, Host.Request());

        Assert.Equal((int)StatusCode.ResourceExhausted, failed.Error.Code);
        Assert.DoesNotContain(_folder.Path, failed.Error.ToString());
        Assert.Equal("0000004.state", Path.GetFileName(Assert.Single(Directory.EnumerateFiles(_folder.Path, "*.state", SearchOption.AllDirectories))));
    }

    [Fact]
    public async Task CreateTraining_BeforeAnother_ReportsItsPlaceInTheLine()
    {
        var atStep = new SyncPoint();
        var (service, client) = await Host.StartAsync(_folder, new FakeEngine { BeforeStep = (step, cancellationToken) => step == 1 ? atStep.ReachAsync(cancellationToken) : Task.CompletedTask });
        await using var _ = service;
        await client.CreateTrainingAsync(Host.Request("a"));
        await atStep.ReachedAsync();

        var second = await client.CreateTrainingAsync(Host.Request("b"));
        using (var watching = client.WatchTraining(new() { Name = second.Name }))
        {
            await Timeouts.UntilAsync(async () => (await client.GetTrainingAsync(new() { Name = second.Name })).Progress.QueuePosition == 1);
        }

        atStep.Release();
        await Host.WatchAsync(client, second.Name);
        Assert.Equal(0, (await client.GetTrainingAsync(new() { Name = second.Name })).Progress.QueuePosition);
    }
}
