using Gal.Diffusion.Runtime;
using Gal.Hosting;
using Gal.Hosting.Errors;
using Gal.ModelServing;
using Gal.Scoring.Backends;
using Gal.Scoring.Embedding;
using Gal.Scoring.Judging;

namespace Gal.Scoring;

/// <summary>Builds the service, for its own program and for programs that host several.</summary>
public static class ScoringServiceHost
{
    /// <summary>Builds the service; <see cref="ServiceRunner.StartAsync"/> starts it.</summary>
    /// <exception cref="ServiceOptionsException">A setting is wrong.</exception>
    public static WebApplication Build(ScoringServiceOptions options) =>
        Build(options, services => services.AddSingleton<IClipEncoder>(provider =>
        {
            var device = provider.GetRequiredService<DeviceWorker>();
            return new ClipEncoder(device, () => ClipPlacement.Find(device.Device, provider.GetRequiredService<IScoringBackend>()));
        }));

    /// <summary>Builds the service on another encoder.</summary>
    internal static WebApplication Build(ScoringServiceOptions options, Action<IServiceCollection> addEncoder)
    {
        var builder = ServiceHost.CreateBuilder(options);
        builder.Services.AddModelServing(options);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton<ImageBatcher>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<ImageBatcher>());
        builder.Services.AddSingleton<Embedder>();
        builder.Services.AddSingleton<FeatureReader>();
        builder.Services.AddSingleton<RoundJudge>();
        builder.Services.AddSingleton(provider => ScoringBackends.Create(provider.GetRequiredService<ILoggerFactory>(), options.ComputeDevice));
        builder.Services.AddSingleton(ExceptionMapping.For<ScoringBackendException>(e => RpcErrors.Unavailable("DEVICE_FAILED", e.Message, TimeSpan.FromSeconds(5))));
        addEncoder(builder.Services);
        return ServiceHost.Build(builder, app => app.MapGrpcService<ScoringGrpcService>());
    }
}
