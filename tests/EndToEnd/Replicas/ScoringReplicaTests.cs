using Gal.Coordination;
using Gal.Generation;
using Gal.Scoring.Tests;
using Gal.Tests;
using Gal.Tests.Services;
using Gal.Training;
using Gal.V1;

namespace Gal.EndToEnd.Replicas;

/// <summary>A coordinator over two scoring services in processes of their own, with the shipped model.</summary>
public sealed class ScoringReplicaTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_OneOfTwoReplicasKilledWhileItSamples_EndsAsIfBothHadLived()
    {
        using var first = await ScoringProcess.StartAsync(_folder, "scoring-1");
        using var second = await ScoringProcess.StartAsync(_folder, "scoring-2");
        var generationOptions = RunningService.Settle(new GenerationServiceOptions { ModelFolders = [Repository.EmojiModel] }, _folder);
        var trainingOptions = RunningService.Settle(new TrainingServiceOptions { ModelFolders = [Repository.EmojiModel] }, _folder);
        (generationOptions.StateFolder, trainingOptions.StateFolder) = (_folder.Combine("generation"), _folder.Combine("training"));
        await using var generation = await RunningService.StartAsync(GenerationServiceHost.Build(generationOptions));
        await using var training = await RunningService.StartAsync(TrainingServiceHost.Build(trainingOptions));
        var options = RunningService.Settle(new CoordinatorOptions(), _folder);
        (options.StateFolder, options.GenerationAddress, options.TrainingAddress) = (_folder.Combine("coordinator"), generation.Address, training.Address);
        options.ScoringAddress = $"{first.Address},{second.Address}";
        await using var coordinator = await RunningService.StartAsync(CoordinatorHost.Build(options));
        var client = new CoordinatorService.CoordinatorServiceClient(coordinator.Invoker);

        var undisturbed = await ReplicatedRun.RunAsync(client, _ => Task.CompletedTask);
        var disturbed = await ReplicatedRun.RunAsync(client, e =>
        {
            if (e.SamplingProgress is not null)
            {
                first.Kill();
            }

            return Task.CompletedTask;
        });

        ReplicatedRun.AssertSame(undisturbed, disturbed);
    }
}
