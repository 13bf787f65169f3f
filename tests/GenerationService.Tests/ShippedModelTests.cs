using System.Security.Cryptography;
using Gal.Tests;
using Gal.Tests.Services;
using Gal.V1;
using Grpc.Core;

namespace Gal.Generation.Tests;

/// <summary>The service on the real model that the project ships.</summary>
public sealed class ShippedModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task CreateGeneration_ShippedModel_IsTheSameAgainAndAccountsForItsTime()
    {
        await using var service = await RunningService.StartAsync(GenerationServiceHost.Build(RunningService.Settle(new GenerationServiceOptions { ModelFolders = [Repository.EmojiModel] }, _folder)));
        var client = new GenerationService.GenerationServiceClient(service.Invoker);

        var first = await RunAsync(client, "first", 3);
        var second = await RunAsync(client, "second", 3);

        Assert.Equal(JobState.Succeeded, first.State);
        Assert.Equal(first.Images, second.Images);
        Assert.Equal(64, first.Images[0].Width);
        Assert.Equal(3, first.Images.DistinctBy(i => i.Image.Artifact).Count());
        var units = first.WorkTimes.ToDictionary(t => t.Kind, t => t.UnitCount);
        Assert.Equal((1, 6, 4, 3, 3), (units[WorkKind.Loading], units[WorkKind.TextEncoding], units[WorkKind.Denoising], units[WorkKind.Decoding], units[WorkKind.Storing]));
    }

    [Fact]
    public async Task GenerateImages_PromptOfTwoHundredWords_NamesTheWordsThatAreCut()
    {
        await using var service = await RunningService.StartAsync(GenerationServiceHost.Build(RunningService.Settle(new GenerationServiceOptions { ModelFolders = [Repository.EmojiModel] }, _folder)));
        var client = new GenerationService.GenerationServiceClient(service.Invoker);
        var prompt = string.Join(' ', Enumerable.Repeat("cat", 199)) + " umbrella";
        using var call = client.GenerateImages(new() { Settings = new() { InferenceStepCount = 1 }, Images = { new ImagePrompt { Prompt = prompt } } });

        var responses = await call.ResponseStream.ReadAllAsync().ToListAsync().AsTask().DefaultTimeout();

        Assert.EndsWith("umbrella\".", responses.Single(r => r.EventCase == GenerateImagesResponse.EventOneofCase.Warning).Warning.Message);
    }

    [Fact]
    public async Task GenerateImages_CheckpointOfAnotherModel_IsRefusedWithoutPaths()
    {
        await using var service = await RunningService.StartAsync(GenerationServiceHost.Build(RunningService.Settle(new GenerationServiceOptions { ModelFolders = [Repository.EmojiModel] }, _folder)));
        using var upload = new ArtifactService.ArtifactServiceClient(service.Invoker).UploadArtifact();
        await upload.RequestStream.WriteAsync(new() { Chunk = Google.Protobuf.ByteString.CopyFrom(RandomNumberGenerator.GetBytes(1000)) });
        await upload.RequestStream.CompleteAsync();
        var checkpoint = (await upload.ResponseAsync.DefaultTimeout()).Name;
        using var call = new GenerationService.GenerationServiceClient(service.Invoker).GenerateImages(new() { Model = new() { Checkpoint = checkpoint }, Images = { new ImagePrompt() } });

        var error = await CallErrors.OfAsync(() => call.ResponseStream.ReadAllAsync().ToListAsync().AsTask());

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Equal("CHECKPOINT_DAMAGED", error.Reason());
        Assert.DoesNotContain(_folder.Path, error.ToString());
    }

    [Theory]
    [InlineData("unet/diffusion_pytorch_model.safetensors")]
    [InlineData("vae/config.json")]
    [InlineData("tokenizer/vocab.json")]
    [InlineData("scheduler/scheduler_config.json")]
    public async Task GenerateImages_ModelWithoutAFile_NamesItWithoutPaths(string missing)
    {
        var model = Path.Combine(_folder.Path, "incomplete");
        foreach (var file in Directory.EnumerateFiles(Repository.EmojiModel, "*", SearchOption.AllDirectories).Where(f => Path.GetRelativePath(Repository.EmojiModel, f) != missing))
        {
            var copy = Path.Combine(model, Path.GetRelativePath(Repository.EmojiModel, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.CreateSymbolicLink(copy, file);
        }
        await using var service = await RunningService.StartAsync(GenerationServiceHost.Build(RunningService.Settle(new GenerationServiceOptions { ModelFolders = [model] }, _folder)));
        using var call = new GenerationService.GenerationServiceClient(service.Invoker).GenerateImages(new() { Images = { new ImagePrompt() } });

        var error = await CallErrors.OfAsync(() => call.ResponseStream.ReadAllAsync().ToListAsync().AsTask());

        Assert.Equal(StatusCode.FailedPrecondition, error.StatusCode);
        Assert.Contains(missing.Split('/')[0], error.Status.Detail);
        Assert.DoesNotContain(_folder.Path, error.ToString());
    }

    private static async Task<V1.Generation> RunAsync(GenerationService.GenerationServiceClient client, string id, int imageCount)
    {
        var request = new CreateGenerationRequest { RequestId = id, Settings = new() { InferenceStepCount = 2, BatchSize = 2 }, Images = { Host.Prompts(imageCount) } };
        var created = await client.CreateGenerationAsync(request);
        using var call = client.WatchGeneration(new() { Name = created.Name });
        await call.ResponseStream.ReadAllAsync().ToListAsync().AsTask().DefaultTimeout();
        return await client.GetGenerationAsync(new() { Name = created.Name });
    }
}
