using Gal.Coordination;
using Gal.Generation;
using Gal.Scoring.Tests;
using Gal.Tests;
using Gal.Tests.Services;
using Gal.Training;
using Gal.V1;
using Google.Protobuf;
using Grpc.Core;

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

        var undisturbed = await RunAsync(client, _ => { });
        var disturbed = await RunAsync(client, e =>
        {
            if (e.SamplingProgress is not null)
            {
                first.Kill();
            }
        });

        Assert.Equal(JobState.Succeeded, undisturbed.State);
        Assert.Equal(JobState.Succeeded, disturbed.State);
        Assert.Equal(undisturbed.Rounds.Count, disturbed.Rounds.Count);
        foreach (var (expected, actual) in undisturbed.Rounds.Zip(disturbed.Rounds))
        {
            Assert.Equal(expected.Anchors, actual.Anchors);
            Assert.Equal(expected.Selections, actual.Selections);
            Assert.Equal(expected.Evaluation.Images, actual.Evaluation.Images);
        }
    }

    private static async Task<Run> RunAsync(CoordinatorService.CoordinatorServiceClient client, Action<RunEvent> seen)
    {
        var name = (await client.CreateRunAsync(new() { Settings = Settings() })).Name;
        using var call = client.WatchRun(new() { Name = name });
        await foreach (var item in call.ResponseStream.ReadAllAsync())
        {
            seen(item);
        }

        return await client.GetRunAsync(new() { Name = name });
    }

    private static RunSettings Settings() => new()
    {
        Subject = new()
        {
            Mode = SubjectMode.Style,
            SubjectText = "in watercolor painting style",
            References = { new Reference { Image = new() { Data = ByteString.CopyFrom(File.ReadAllBytes(Repository.Sample("style-watercolor", "reference-1.png"))) }, Prompt = "a cat in watercolor painting style" } },
            NonSoiTexts = { "a cat in watercolor painting style" },
            Anchors = { "a drum in watercolor painting style", "a koala in watercolor painting style", "a castle in watercolor painting style" },
        },
        ActiveLearning = new() { Strategy = Strategy.Random, MaxRoundCount = 2, ImagesPerAnchor = 4, AnchorsPerRound = 1 },
        Training = new() { StepCount = 5, LearningRate = 2e-4 },
        Sampling = new() { InferenceStepCount = 4, GuidanceScale = 4 },
        Evaluation = new() { ImagesPerPrompt = 2, Prompts = { "a train in watercolor painting style" } },
        Seed = 3,
    };
}
