using Gal.Diffusion.Weights;
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

    [Theory]
    [InlineData(TrainingMethod.Dreambooth)]
    [InlineData(TrainingMethod.Lora)]
    [InlineData(TrainingMethod.TextualInversion)]
    [InlineData(TrainingMethod.CustomDiffusion)]
    public async Task CreateTraining_StoppedAndStartedAgain_EndsWithTheSameCheckpoint(TrainingMethod method)
    {
        using var undisturbedFolder = new TemporaryFolder();
        V1.Training expected;
        await using (var undisturbed = await StartAsync(undisturbedFolder))
        {
            expected = await Host.RunAsync(new(undisturbed.Invoker), Request(method));
        }

        string name;
        await using (var first = await StartAsync(_folder))
        {
            var client = new TrainingService.TrainingServiceClient(first.Invoker);
            name = (await client.CreateTrainingAsync(Request(method))).Name;
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
        AssertForm(method, undisturbedFolder.Path, done.Checkpoint);
        Assert.Equal((1, 2, 2, 4, 2), (units[WorkKind.Loading], units[WorkKind.TextEncoding], units[WorkKind.Encoding], units[WorkKind.Training], units[WorkKind.Storing]));
    }

    private static Task<RunningService> StartAsync(TemporaryFolder folder) =>
        RunningService.StartAsync(TrainingServiceHost.Build(RunningService.Settle(new TrainingServiceOptions { ModelFolders = [Repository.EmojiModel] }, folder)));

    // The keys that other tools know each method's file by.
    private static void AssertForm(TrainingMethod method, string folder, string checkpoint)
    {
        var path = Directory.EnumerateFiles(folder, checkpoint["sha256:".Length..], SearchOption.AllDirectories).Single();
        using var file = SafetensorsFile.Open(path);
        var known = method switch
        {
            TrainingMethod.Lora => file.Tensors.ContainsKey("unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_q.lora_A.weight"),
            TrainingMethod.TextualInversion => file.Tensors.Single() is { Key: "<toy>", Value.Shape: [2, 128] },
            TrainingMethod.CustomDiffusion => file.Tensors.ContainsKey("mid_block.attentions.0.transformer_blocks.0.attn2.processor.to_k_custom_diffusion.weight") && file.Metadata["modifier_token"] == "<toy>",
            _ => file.Tensors.ContainsKey("conv_in.weight"),
        };
        Assert.True(known, string.Join(", ", file.Tensors.Keys.Take(5)));
    }

    private static CreateTrainingRequest Request(TrainingMethod method)
    {
        var request = Host.Request(stepCount: 4, saveInterval: 2);
        Host.Choose(request, method);
        request.Settings.LearningRate = 2e-4;
        request.Samples[0].Image.Data = ByteString.CopyFrom(File.ReadAllBytes(Directory.EnumerateFiles(Repository.Sample("style-watercolor"), "*.png").First()));
        return request;
    }
}
