namespace Gal.EndToEnd.Replicas;

/// <summary>A run over two scoring services of which one is killed.</summary>
public sealed class ScoringReplicaTests
{
    [Fact]
    public async Task Run_OneOfTwoReplicasKilledWhileItSamples_EndsAsIfBothHadLived()
    {
        await using var services = await ReplicatedServices.StartAsync("ScoringService");

        var undisturbed = await ReplicatedRun.RunAsync(services.Client, _ => Task.CompletedTask);
        var disturbed = await ReplicatedRun.RunAsync(services.Client, e =>
        {
            if (e.SamplingProgress is not null)
            {
                services.First.Kill();
            }

            return Task.CompletedTask;
        });

        ReplicatedRun.AssertSame(undisturbed, disturbed);
    }
}
