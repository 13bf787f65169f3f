using Gal.Coordination;
using Gal.Hosting.Clients;
using Gal.Scoring;
using Gal.Scoring.Tests;
using Gal.Tests;
using Gal.Tests.Services;
using Gal.Training;
using Gal.V1;

namespace Gal.EndToEnd.Replicas;

/// <summary>A coordinator over two generation services in processes of their own, with the shipped model.</summary>
public sealed class GenerationReplicaTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_ReplicaKilledWhileItSamples_EndsAtTheOtherWithTheSameImages()
    {
        using var first = await ScoringProcess.StartAsync(_folder, "generation-1", "GenerationService");
        using var second = await ScoringProcess.StartAsync(_folder, "generation-2", "GenerationService");
        var scoringOptions = RunningService.Settle(new ScoringServiceOptions { ModelFolders = [Repository.EmojiModel] }, _folder);
        var trainingOptions = RunningService.Settle(new TrainingServiceOptions { ModelFolders = [Repository.EmojiModel] }, _folder);
        (scoringOptions.StateFolder, trainingOptions.StateFolder) = (_folder.Combine("scoring"), _folder.Combine("training"));
        await using var scoring = await RunningService.StartAsync(ScoringServiceHost.Build(scoringOptions));
        await using var training = await RunningService.StartAsync(TrainingServiceHost.Build(trainingOptions));
        var options = RunningService.Settle(new CoordinatorOptions(), _folder);
        (options.StateFolder, options.ScoringAddress, options.TrainingAddress) = (_folder.Combine("coordinator"), scoring.Address, training.Address);
        options.GenerationAddress = $"{first.Address},{second.Address}";
        await using var coordinator = await RunningService.StartAsync(CoordinatorHost.Build(options));
        var client = new CoordinatorService.CoordinatorServiceClient(coordinator.Invoker);

        var undisturbed = await ReplicatedRun.RunAsync(client, _ => Task.CompletedTask);

        // Two evaluations, and the anchors between them, each a job of one replica alone.
        var (jobsOfFirst, jobsOfSecond) = (await CountJobsAsync(first, _ => true), await CountJobsAsync(second, _ => true));
        Assert.Equal(3, jobsOfFirst + jobsOfSecond);

        ScoringProcess? killed = null;
        var disturbed = await ReplicatedRun.RunAsync(client, async e =>
        {
            if (e.SamplingProgress is not null && killed is null)
            {
                killed = await CountJobsAsync(first, state => state == JobState.Running) > 0 ? first : second;
                killed.Kill();
            }
        });

        // What was cut off at the one, and all that came after it, was done by the other: of this run's three jobs at least the last.
        Assert.NotNull(killed);
        var (survivor, jobsBefore) = killed == first ? (second, jobsOfSecond) : (first, jobsOfFirst);
        Assert.InRange(await CountJobsAsync(survivor, state => state == JobState.Succeeded), jobsBefore + 1, jobsBefore + 3);
        ReplicatedRun.AssertSame(undisturbed, disturbed);
    }

    private static async Task<int> CountJobsAsync(ScoringProcess replica, Predicate<JobState> isCounted)
    {
        using var connection = ServiceChannel.Open(replica.Address, "generation");
        var list = await new GenerationService.GenerationServiceClient(connection.Invoker).ListGenerationsAsync(new()).ResponseAsync.DefaultTimeout();
        return list.Generations.Count(generation => isCounted(generation.State));
    }
}
