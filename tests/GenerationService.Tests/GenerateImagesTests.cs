using Gal.Artifacts;
using Gal.Imaging;
using Gal.Tests.Services;
using Gal.V1;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Gal.Generation.Tests;

public sealed class GenerateImagesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task GenerateImages_FiveImages_ArriveInOrderWithTheirSeeds()
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeSampler());
        await using var _ = service;
        var request = new GenerateImagesRequest { Settings = Host.Settings(), Images = { Host.Prompts(5) } };

        var responses = await ReadAsync(client.GenerateImages(request));

        var images = responses.Where(r => r.EventCase == GenerateImagesResponse.EventOneofCase.Image).Select(r => r.Image).ToList();
        Assert.Equal([0, 1, 2, 3, 4], images.Select(i => i.Index));
        Assert.Equal([0, 1, 2, 3, 4], images.Select(i => ImageDecoder.Decode(i.Image.Data.Memory, ImageLimits.Default).Pixels[0]));
        var last = responses.Last(r => r.EventCase == GenerateImagesResponse.EventOneofCase.Progress).Progress;
        Assert.Equal((9, 9, 5, 5), (last.Step, last.StepCount, last.FinishedImageCount, last.ImageCount));
    }

    [Fact]
    public async Task GenerateImages_StoreArtifacts_NamesPicturesInTheStore()
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeSampler());
        await using var _ = service;
        var request = new GenerateImagesRequest { Settings = Host.Settings(), Images = { Host.Prompts(1) }, StoreArtifacts = true };

        var responses = await ReadAsync(client.GenerateImages(request));

        var name = Assert.Single(responses, r => r.EventCase == GenerateImagesResponse.EventOneofCase.Image).Image.Image.Artifact;
        Assert.NotNull(await service.Services.GetRequiredService<IArtifactStore>().ReadAsync(ArtifactId.Parse(name), CancellationToken.None));
    }

    [Fact]
    public async Task GenerateImages_LongPromptAndSlowDtype_WarnOnceEach()
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeSampler());
        await using var _ = service;
        var settings = Host.Settings();
        settings.Dtype = Dtype.Bfloat16;
        var request = new GenerateImagesRequest { Settings = settings, Images = { new ImagePrompt { Prompt = "very long" }, new ImagePrompt { Prompt = "very long", Seed = 1 } } };

        var responses = await ReadAsync(client.GenerateImages(request));

        var warnings = responses.Where(r => r.EventCase == GenerateImagesResponse.EventOneofCase.Warning).Select(r => r.Warning).ToList();
        Assert.Equal(["PROMPT_TRUNCATED", "DTYPE_SLOW"], warnings.Select(w => w.Reason));
        Assert.Contains("\"the end\"", warnings[0].Message);
    }

    [Fact]
    public async Task GenerateImages_SeveralMistakes_AreAllNamed()
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeSampler());
        await using var _ = service;
        var request = new GenerateImagesRequest { Settings = new() { InferenceStepCount = 0, GuidanceScale = double.NaN } };

        var error = await CallErrors.OfAsync(() => ReadAsync(client.GenerateImages(request)));

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Superset(new HashSet<string> { "settings.inference_step_count", "settings.guidance_scale", "images" }, error.Fields().ToHashSet());
    }

    [Fact]
    public async Task GenerateImages_SizeNotAMultiple_SaysOfWhat()
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeSampler());
        await using var _ = service;
        var request = new GenerateImagesRequest { Settings = new() { Width = 100 }, Images = { Host.Prompts(1) } };

        var error = await CallErrors.OfAsync(() => ReadAsync(client.GenerateImages(request)));

        Assert.Equal("settings.width is 100; it must be a multiple of 8, the VAE's factor.", error.Status.Detail);
    }

    [Fact]
    public async Task GenerateImages_EtaWithoutDdim_SaysWhoseItIs()
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeSampler());
        await using var _ = service;
        var request = new GenerateImagesRequest { Settings = new() { Eta = 0.5, Scheduler = Scheduler.Euler }, Images = { Host.Prompts(1) } };

        var error = await CallErrors.OfAsync(() => ReadAsync(client.GenerateImages(request)));

        Assert.Equal("settings.eta is 0.5; it is DDIM's alone: leave it out, or set settings.scheduler to SCHEDULER_DDIM.", error.Status.Detail);
    }

    [Fact]
    public async Task GenerateImages_Pndm_CountsItsCallOfTheModelMore()
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeSampler());
        await using var _ = service;
        var settings = Host.Settings();
        settings.Scheduler = Scheduler.Pndm;

        var responses = await ReadAsync(client.GenerateImages(new() { Settings = settings, Images = { Host.Prompts(3) } }));

        var steps = responses.Where(r => r.EventCase == GenerateImagesResponse.EventOneofCase.Progress).Select(r => r.Progress).ToList();
        Assert.Equal((8, 8), (steps[^1].Step, steps[^1].StepCount));
        Assert.All(steps, step => Assert.InRange(step.Step, 0, 8));
    }

    [Fact]
    public async Task GenerateImages_WeightedPrompts_WarnOnce()
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeSampler());
        await using var _ = service;
        var request = new GenerateImagesRequest
        {
            Settings = Host.Settings(),
            Images = { new ImagePrompt { Prompt = "a (cat:1.3) on (a mat)" }, new ImagePrompt { Prompt = "a ((dog:0.8)), at 10:30", Seed = 1 }, new ImagePrompt { Prompt = "a plain (bus)" } },
        };

        var responses = await ReadAsync(client.GenerateImages(request));

        var warning = Assert.Single(responses, r => r.EventCase == GenerateImagesResponse.EventOneofCase.Warning).Warning;
        Assert.Equal("PROMPT_WEIGHT_NOT_READ", warning.Reason);
        Assert.Equal("\"(cat:1.3)\" (and 1 like it) is read as plain text, brackets and number included: prompts have no weights here. Take them out.", warning.Message);
    }

    [Theory]
    [InlineData("no-such-model", "", "models")]
    [InlineData("", "sha256:0000000000000000000000000000000000000000000000000000000000000000", "artifacts")]
    public async Task GenerateImages_UnknownWeights_AreNotFound(string model, string checkpoint, string resourceType)
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeSampler());
        await using var _ = service;
        var request = new GenerateImagesRequest { Model = new() { Model = model, Checkpoint = checkpoint }, Images = { Host.Prompts(1) } };

        var error = await CallErrors.OfAsync(() => ReadAsync(client.GenerateImages(request)));

        Assert.Equal(StatusCode.NotFound, error.StatusCode);
        Assert.Equal(resourceType, error.Details().GetDetail<Google.Rpc.ResourceInfo>()!.ResourceType);
    }

    [Fact]
    public async Task GenerateImages_CallerLeaves_WorkStopsWithinOneStep()
    {
        var atStep = new SyncPoint();
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var sampler = new FakeSampler
        {
            BeforeStep = async (step, cancellationToken) =>
            {
                if (step == 2)
                {
                    cancellationToken.Register(() => stopped.TrySetResult());
                    await atStep.ReachAsync(CancellationToken.None);
                }
            },
        };
        var (service, client) = await Host.StartAsync(_folder, sampler);
        await using var _ = service;
        using var call = client.GenerateImages(new() { Settings = Host.Settings(stepCount: 50), Images = { Host.Prompts(1) } });
        await atStep.ReachedAsync();

        call.Dispose();
        await stopped.Task.DefaultTimeout();
        atStep.Release();

        // The next caller is served at once: the first one's place and the device are free.
        await ReadAsync(client.GenerateImages(new() { Settings = Host.Settings(stepCount: 1), Images = { Host.Prompts(1) } }));
        Assert.Equal(3, sampler.StepCount);
    }

    [Fact]
    public async Task GenerateImages_FiftyCallersAtOnce_AreServedOrRefusedCleanly()
    {
        var gate = new SyncPoint();
        var (service, client) = await Host.StartAsync(_folder, new FakeSampler { BeforeStep = (step, cancellationToken) => step == 1 ? gate.ReachAsync(cancellationToken) : Task.CompletedTask }, o => o.QueueCapacity = 20);
        await using var _ = service;
        var calls = Enumerable.Range(0, 50).Select(i => TryAsync(client, i)).ToList();

        // Those that are refused end by themselves; the others wait for the gate.
        await Task.WhenEach(calls).Take(29).CountAsync();
        gate.Release();
        var outcomes = await Task.WhenAll(calls).DefaultTimeout();

        Assert.Equal(21, outcomes.Count(o => o == "OK"));
        Assert.Equal(29, outcomes.Count(o => o == "QUEUE_FULL"));
    }

    private static async Task<string> TryAsync(GenerationService.GenerationServiceClient client, int seed)
    {
        try
        {
            var responses = await ReadAsync(client.GenerateImages(new() { Settings = Host.Settings(stepCount: 2), Images = { new ImagePrompt { Seed = seed } } }));
            var image = Assert.Single(responses, r => r.EventCase == GenerateImagesResponse.EventOneofCase.Image).Image;
            return ImageDecoder.Decode(image.Image.Data.Memory, ImageLimits.Default).Pixels[0] == seed ? "OK" : "another caller's picture";
        }
        catch (RpcException e)
        {
            Assert.NotNull(e.Details().GetDetail<Google.Rpc.RetryInfo>());
            return e.Reason();
        }
    }

    private static async Task<List<GenerateImagesResponse>> ReadAsync(AsyncServerStreamingCall<GenerateImagesResponse> call)
    {
        using (call)
        {
            return await call.ResponseStream.ReadAllAsync().ToListAsync().AsTask().DefaultTimeout();
        }
    }
}
