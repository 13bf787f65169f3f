using Gal.Tests;
using Gal.Tests.Services;
using Gal.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Gal.Training.Tests;

/// <summary>The service on the real model that the project ships.</summary>
public sealed class ShippedModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task CreateTraining_StoppedAndStartedAgain_EndsWithTheSameCheckpoint()
    {
        using var undisturbedFolder = new TemporaryFolder();
        V1.Training expected;
        await using (var undisturbed = await StartAsync(undisturbedFolder))
        {
            expected = await Host.RunAsync(new(undisturbed.Invoker), Request());
        }

        string name;
        await using (var first = await StartAsync(_folder))
        {
            var client = new TrainingService.TrainingServiceClient(first.Invoker);
            name = (await client.CreateTrainingAsync(Request())).Name;
            using var watching = client.WatchTraining(new() { Name = name });
            await watching.ResponseStream.ReadAllAsync().FirstAsync(e => e.SavedStep == 2).AsTask().DefaultTimeout();
        }

        await using var second = await StartAsync(_folder);
        await Host.WatchAsync(new(second.Invoker), name);
        var done = await new TrainingService.TrainingServiceClient(second.Invoker).GetTrainingAsync(new() { Name = name });

        Assert.Equal(JobState.Succeeded, done.State);
        Assert.Equal(expected.Losses, done.Losses);
        Assert.Equal(expected.Checkpoint, done.Checkpoint);
        Assert.Equal(4, done.SampleUseCounts.Sum());
        var units = expected.WorkTimes.ToDictionary(t => t.Kind, t => t.UnitCount);
        Assert.Equal((1, 2, 2, 4, 2), (units[WorkKind.Loading], units[WorkKind.TextEncoding], units[WorkKind.Encoding], units[WorkKind.Training], units[WorkKind.Storing]));
    }

    private static Task<RunningService> StartAsync(TemporaryFolder folder) =>
        RunningService.StartAsync(TrainingServiceHost.Build(RunningService.Settle(new TrainingServiceOptions { ModelFolders = [Repository.EmojiModel] }, folder)));

    private static CreateTrainingRequest Request()
    {
        var request = Host.Request(stepCount: 4, saveInterval: 2);
        request.Settings.LearningRate = 2e-4;
        request.Samples[0].Image.Data = ByteString.CopyFrom(File.ReadAllBytes(Directory.EnumerateFiles(Repository.Sample("style-watercolor"), "*.png").First()));
        return request;
    }
}
