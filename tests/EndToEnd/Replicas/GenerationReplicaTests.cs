using Gal.Hosting.Clients;
using Gal.Tests.Services;
using Gal.V1;

namespace Gal.EndToEnd.Replicas;

/// <summary>A run over two generation services of which one is killed.</summary>
public sealed class GenerationReplicaTests
{
    [Fact]
    public async Task Run_ReplicaKilledWhileItSamples_EndsAtTheOtherWithTheSameImages()
    {
        await using var services = await ReplicatedServices.StartAsync("GenerationService");
        var (first, second) = (services.First, services.Second);

        var undisturbed = await ReplicatedRun.RunAsync(services.Client, _ => Task.CompletedTask);

        // Two evaluations, and the anchors between them, each a job of one replica alone.
        var (jobsOfFirst, jobsOfSecond) = (await CountJobsAsync(first, _ => true), await CountJobsAsync(second, _ => true));
        Assert.Equal(3, jobsOfFirst + jobsOfSecond);

        ServiceProcess? killed = null;
        var disturbed = await ReplicatedRun.RunAsync(services.Client, async e =>
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
        var jobsAfter = await CountJobsAsync(survivor, _ => true);
        Assert.InRange(jobsAfter, jobsBefore + 1, jobsBefore + 3);
        Assert.Equal(jobsAfter, await CountJobsAsync(survivor, state => state == JobState.Succeeded));
        ReplicatedRun.AssertSame(undisturbed, disturbed);
    }

    private static async Task<int> CountJobsAsync(ServiceProcess replica, Predicate<JobState> isCounted)
    {
        using var connection = ServiceChannel.Open(replica.Address, "generation");
        var list = await new GenerationService.GenerationServiceClient(connection.Invoker).ListGenerationsAsync(new()).ResponseAsync.DefaultTimeout();
        return list.Generations.Count(generation => isCounted(generation.State));
    }
}
