using Gal.Generation.Jobs;
using Gal.Generation.Sampling;
using Gal.Hosting;
using Gal.ModelServing;
using Gal.V1;

namespace Gal.Generation;

/// <summary>Builds the service, for its own program and for programs that host several.</summary>
public static class GenerationServiceHost
{
    /// <summary>Builds the service; <see cref="ServiceRunner.StartAsync"/> starts it.</summary>
    /// <exception cref="ServiceOptionsException">A setting is wrong.</exception>
    public static WebApplication Build(GenerationServiceOptions options) =>
        Build(options, services => services.AddSingleton<ISampler, PipelineSampler>());

    /// <summary>Builds the service on another sampler.</summary>
    internal static WebApplication Build(GenerationServiceOptions options, Action<IServiceCollection> addSampler)
    {
        var builder = ServiceHost.CreateBuilder(options);
        builder.Services.AddModelServing(options);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton<SamplingPlanner>();
        builder.Services.AddSingleton<BatchSampler>();
        builder.Services.AddSingleton<SharedBatches>();
        builder.Services.AddSingleton<ImageStream>();
        builder.Services.AddJobs<CreateGenerationRequest, V1.Generation, GenerationEvent, GenerationRunner>();
        addSampler(builder.Services);
        return ServiceHost.Build(builder, app => app.MapGrpcService<GenerationGrpcService>());
    }
}
