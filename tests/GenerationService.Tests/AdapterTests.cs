using Gal.Tests;
using Gal.Tests.Models;
using Gal.Tests.Services;
using Gal.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Gal.Generation.Tests;

/// <summary>Checkpoints of every kind, users' adapters and all schedulers over the RPC, on golden/sd-mini.</summary>
public sealed class AdapterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task GenerateImages_EachKindOfCheckpointAndAdapter_ChangesThePictureAndLeavesNoTrace()
    {
        await using var service = await StartAsync();
        var lora = await UploadAsync(service, "lora", "kohya.safetensors");
        var words = await UploadAsync(service, "embeddings", "learned_embeds.safetensors");
        var a1111 = await UploadAsync(service, "embeddings", "a1111.safetensors");
        var custom = await UploadAsync(service, "custom-diffusion", "pytorch_custom_diffusion_weights.safetensors");
        ModelReference[] references =
        [
            new() { Checkpoint = lora }, new() { Checkpoint = words }, new() { Checkpoint = custom },
            new() { Adapters = { new ModelAdapter { Artifact = lora, Scale = 0.5 }, new ModelAdapter { Artifact = lora, Scale = -0.25 } } },
            new() { Checkpoint = custom, Adapters = { new ModelAdapter { Artifact = lora } } },
            new() { Adapters = { new ModelAdapter { Artifact = words }, new ModelAdapter { Artifact = a1111, Token = "toy2" } } },
        ];

        var own = await DrawAsync(service, new());
        var pictures = new List<ByteString> { own };
        foreach (var reference in references)
        {
            pictures.Add(await DrawAsync(service, reference));
        }

        Assert.Equal(pictures.Count - 1, pictures.Distinct().Count());
        Assert.Equal(pictures[2], pictures[^1]);
        Assert.Equal(pictures[1], await DrawAsync(service, new() { Adapters = { new ModelAdapter { Artifact = lora } } }));
        Assert.Equal(own, await DrawAsync(service, new()));
    }

    [Fact]
    public async Task GenerateImages_EveryScheduler_DrawsAnotherPicture()
    {
        await using var service = await StartAsync();
        var pictures = new List<ByteString>();
        foreach (var scheduler in Enum.GetValues<Scheduler>().Where(s => s != Scheduler.Unspecified))
        {
            pictures.Add(await DrawAsync(service, new(), new() { Scheduler = scheduler }));
        }

        pictures.Add(await DrawAsync(service, new(), new() { Scheduler = Scheduler.Ddim, Eta = 1 }));
        Assert.Equal(pictures.Count, pictures.Distinct().Count());
        Assert.Equal(9, pictures.Count);
    }

    [Theory]
    [InlineData("model.checkpoint is an IP-Adapter; a checkpoint is what a training made", "ip-adapter/ip-adapter.safetensors", "")]
    [InlineData("model.adapters[0].artifact is a whole UNet; an adapter is a LoRA", "", "sd-mini/unet/diffusion_pytorch_model.safetensors")]
    [InlineData("model.adapters[0].token is empty, and the embedding has A1111's form", "", "embeddings/a1111.safetensors")]
    [InlineData("model.adapters[0].token: two files teach the word \"<cat-toy>\"", "embeddings/learned_embeds.safetensors", "embeddings/learned_embeds.safetensors")]
    [InlineData("pickled", "", "safetensors-files/bad-pickle.safetensors")]
    [InlineData("its tensors are \"", "safetensors-files/good.safetensors", "")]
    public async Task CreateGeneration_FileInTheWrongPlace_IsRefusedAtOnce(string message, string checkpoint, string adapter)
    {
        await using var service = await StartAsync();
        var reference = new ModelReference { Checkpoint = checkpoint.Length == 0 ? "" : await UploadAsync(service, checkpoint.Split('/')) };
        if (adapter.Length > 0)
        {
            reference.Adapters.Add(new ModelAdapter { Artifact = await UploadAsync(service, adapter.Split('/')) });
        }

        var client = new GenerationService.GenerationServiceClient(service.Invoker);
        var error = await CallErrors.OfAsync(() => client.CreateGenerationAsync(new() { Model = reference, Images = { Host.Prompts(1) } }).ResponseAsync);

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Contains(message, error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GenerateImages_LoraOfAnotherModel_NamesItsKeysAndServesTheNext()
    {
        await using var service = await StartAsync(Repository.EmojiModel);
        var lora = await UploadAsync(service, "lora", "kohya.safetensors");

        var error = await CallErrors.OfAsync(() => DrawAsync(service, new() { Adapters = { new ModelAdapter { Artifact = lora } } }));

        Assert.Equal((StatusCode.InvalidArgument, "CHECKPOINT_MISMATCH"), (error.StatusCode, error.Reason()));
        Assert.Contains("lora_unet_", error.Status.Detail, StringComparison.Ordinal);
        Assert.NotEmpty(await DrawAsync(service, new()));
    }

    [Fact]
    public async Task CreateGeneration_IpAdapterWithoutVisionTower_SaysWhatIsMissing()
    {
        await using var service = await StartAsync();

        var error = await RefusalAsync(service, await AdapterAsync(service));

        Assert.Equal(StatusCode.FailedPrecondition, error.StatusCode);
        Assert.Contains("ip_adapter.image_encoder of a request", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GenerateImages_IpAdapterWithImageEncoder_DrawsAfterThePicture()
    {
        await using var service = await StartAsync();
        var adapter = await AdapterAsync(service, await EncoderAsync(service, 48));

        Assert.NotEqual(await DrawAsync(service, new()), await DrawAsync(service, new(), ipAdapter: adapter));
    }

    [Fact]
    public async Task CreateGeneration_ImageEncoderNotTheAdapters_IsRefusedAtOnceByField()
    {
        await using var service = await StartAsync();
        var (narrow, right) = (await EncoderAsync(service, 32), await EncoderAsync(service, 48));

        (ImageEncoder Encoder, string Reason, string Message)[] wrong =
        [
            (narrow, "IMAGE_ENCODER_OF_ANOTHER_WIDTH", "ip_adapter.image_encoder makes embeddings 32 wide, and the IP-Adapter was trained with embeddings 48 wide"),
            (new() { Config = right.Config, Weights = narrow.Weights }, "IMAGE_ENCODER_DAMAGED", "projection_dim is 48"),
            (new() { Config = right.Weights, Weights = right.Weights }, "IMAGE_ENCODER_DAMAGED", "does not describe"),
            (new() { Config = right.Config, Weights = right.Config }, "CHECKPOINT_DAMAGED", ""),
            (new() { Config = right.Config, Weights = right.Weights, PreprocessorConfig = right.Weights }, "IMAGE_ENCODER_DAMAGED", "cannot be read"),
        ];
        foreach (var (encoder, reason, message) in wrong)
        {
            var error = await RefusalAsync(service, await AdapterAsync(service, encoder));
            Assert.Equal((StatusCode.InvalidArgument, reason), (error.StatusCode, error.Reason()));
            Assert.Contains(message, error.Status.Detail, StringComparison.Ordinal);
        }

        var missing = await RefusalAsync(service, await AdapterAsync(service, new() { Config = right.Config, Weights = "sha256:" + new string('0', 64) }));
        Assert.Equal(StatusCode.NotFound, missing.StatusCode);
    }

    private static Task<RpcException> RefusalAsync(RunningService service, IpAdapter adapter) => CallErrors.OfAsync(() =>
        new GenerationService.GenerationServiceClient(service.Invoker).CreateGenerationAsync(new() { Images = { Host.Prompts(1) }, IpAdapter = adapter }).ResponseAsync);

    private static async Task<IpAdapter> AdapterAsync(RunningService service, ImageEncoder? encoder = null) => new()
    {
        Artifact = await UploadAsync(service, "ip-adapter", "ip-adapter.safetensors"),
        Image = new() { Data = ByteString.CopyFrom(await File.ReadAllBytesAsync(Repository.Golden("clip-mini-golden", "image-0.png"))) },
        ImageEncoder = encoder,
    };

    private async Task<ImageEncoder> EncoderAsync(RunningService service, long width)
    {
        var folder = MiniVisionTower.Write(Path.Combine(_folder.Path, $"encoder-{width}"), width);
        return new() { Config = await UploadFileAsync(service, Path.Combine(folder, "config.json")), Weights = await UploadFileAsync(service, Path.Combine(folder, "model.safetensors")) };
    }

    private static Task<string> UploadAsync(RunningService service, params string[] path) => UploadFileAsync(service, Repository.Golden(path));

    private static async Task<string> UploadFileAsync(RunningService service, string path)
    {
        using var upload = new ArtifactService.ArtifactServiceClient(service.Invoker).UploadArtifact();
        foreach (var chunk in (await File.ReadAllBytesAsync(path)).Chunk(1 << 20))
        {
            await upload.RequestStream.WriteAsync(new() { Chunk = ByteString.CopyFrom(chunk) });
        }

        await upload.RequestStream.CompleteAsync();
        return (await upload.ResponseAsync.DefaultTimeout()).Name;
    }

    private static async Task<ByteString> DrawAsync(RunningService service, ModelReference model, SamplingSettings? settings = null, IpAdapter? ipAdapter = null)
    {
        settings ??= new() { Scheduler = Scheduler.Euler };
        (settings.InferenceStepCount, settings.Width, settings.Height) = (3, 32, 32);
        var request = new GenerateImagesRequest { Model = model, Settings = settings, IpAdapter = ipAdapter, Images = { new ImagePrompt { Prompt = "a <cat-toy>", Seed = 5 } } };
        using var call = new GenerationService.GenerationServiceClient(service.Invoker).GenerateImages(request);
        var responses = await call.ResponseStream.ReadAllAsync().ToListAsync().AsTask().DefaultTimeout();
        return responses.Single(r => r.EventCase == GenerateImagesResponse.EventOneofCase.Image).Image.Image.Data;
    }

    private Task<RunningService> StartAsync(string? model = null) =>
        RunningService.StartAsync(GenerationServiceHost.Build(RunningService.Settle(new GenerationServiceOptions { ModelFolders = [model ?? Repository.Golden("sd-mini")] }, _folder)));
}
