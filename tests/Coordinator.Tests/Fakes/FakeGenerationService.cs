using System.Text;
using Gal.Artifacts;
using Gal.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Gal.Coordination.Tests.Fakes;

/// <summary>Makes "images" that are a function of checkpoint, prompt and seed alone.</summary>
internal sealed class FakeGenerationService : GenerationService.GenerationServiceBase
{
    private readonly IArtifactStore _store;

    public FakeGenerationService(IArtifactStore store)
    {
        _store = store;
        Jobs = new("generations", Generate);
    }

    public FakeJobs<CreateGenerationRequest, Generation, GenerationEvent> Jobs { get; }

    public override Task<Capabilities> GetCapabilities(GetCapabilitiesRequest request, ServerCallContext context) => Task.FromResult(FakeServices.CapabilitiesOf("generation", _store));

    public override Task<Generation> CreateGeneration(CreateGenerationRequest request, ServerCallContext context) => Task.FromResult(Jobs.Create(request));

    public override Task<Generation> GetGeneration(GetGenerationRequest request, ServerCallContext context) => Task.FromResult(Jobs.Get(request.Name));

    public override Task<Generation> CancelGeneration(CancelGenerationRequest request, ServerCallContext context) => Task.FromResult(Jobs.Cancel(request.Name));

    public override Task WatchGeneration(WatchGenerationRequest request, IServerStreamWriter<GenerationEvent> responseStream, ServerCallContext context) =>
        Jobs.WatchAsync(request.Name, request.AfterSequenceNumber, responseStream, new GenerationEvent { Progress = new SamplingProgress { Step = 1, StepCount = 5 } }, context.CancellationToken);

    public override async Task GenerateImages(GenerateImagesRequest request, IServerStreamWriter<GenerateImagesResponse> responseStream, ServerCallContext context)
    {
        await responseStream.WriteAsync(new() { Progress = new SamplingProgress { Step = 1, StepCount = 1 } });
        foreach (var image in Draw(request.Model, request.Images))
        {
            await responseStream.WriteAsync(new() { Image = image });
        }
    }

    private Generation Generate(CreateGenerationRequest request)
    {
        var generation = new Generation { Images = { Draw(request.Model, request.Images) } };
        generation.WorkTimes.Add(new WorkTime { Kind = WorkKind.Denoising, Duration = Duration.FromTimeSpan(TimeSpan.FromSeconds(2)), UnitCount = request.Images.Count });
        return generation;
    }

    private IEnumerable<GeneratedImage> Draw(ModelReference model, IEnumerable<ImagePrompt> prompts) =>
        prompts.Select((p, i) => new GeneratedImage { Index = i, Image = new Image { Artifact = _store.PutAsync(Encoding.UTF8.GetBytes($"{model.Checkpoint}|{p.Prompt}|{p.Seed}"), default).Result.ToString() } });
}
