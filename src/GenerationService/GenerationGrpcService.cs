using Gal.Generation.Sampling;
using Gal.Hosting.Jobs;
using Gal.ModelServing;
using Gal.V1;
using Grpc.Core;

namespace Gal.Generation;

/// <summary>Translates and delegates: jobs to <see cref="JobService{TRequest, TResource, TEvent}"/>, images at once to <see cref="ImageStream"/>.</summary>
internal sealed class GenerationGrpcService(JobService<CreateGenerationRequest, V1.Generation, GenerationEvent> jobs, ImageStream images, ServiceCapabilities capabilities, IHostApplicationLifetime lifetime) : GenerationService.GenerationServiceBase
{
    public override Task<Capabilities> GetCapabilities(GetCapabilitiesRequest request, ServerCallContext context) =>
        capabilities.DescribeAsync("generation", [], context.CancellationToken);

    public override async Task GenerateImages(GenerateImagesRequest request, IServerStreamWriter<GenerateImagesResponse> responseStream, ServerCallContext context)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        await images.RunAsync(request, responseStream, linked.Token);
    }

    public override Task<V1.Generation> CreateGeneration(CreateGenerationRequest request, ServerCallContext context) =>
        jobs.CreateAsync(request, context.CancellationToken);

    public override Task<V1.Generation> GetGeneration(GetGenerationRequest request, ServerCallContext context) =>
        Task.FromResult(jobs.Get(request.Name));

    public override Task<ListGenerationsResponse> ListGenerations(ListGenerationsRequest request, ServerCallContext context)
    {
        var (page, token) = jobs.List(request.PageSize, request.PageToken);
        return Task.FromResult(new ListGenerationsResponse { Generations = { page }, NextPageToken = token });
    }

    public override Task<V1.Generation> CancelGeneration(CancelGenerationRequest request, ServerCallContext context) =>
        jobs.CancelAsync(request.Name, context.CancellationToken);

    public override async Task WatchGeneration(WatchGenerationRequest request, IServerStreamWriter<GenerationEvent> responseStream, ServerCallContext context)
    {
        await foreach (var item in jobs.WatchAsync(request.Name, request.AfterSequenceNumber, context.CancellationToken))
        {
            await responseStream.WriteAsync(item, context.CancellationToken);
        }
    }
}
