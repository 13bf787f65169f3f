using Gal.Coordination;
using Gal.Diffusion.Runtime;
using Gal.Generation;
using Gal.Hosting;
using Gal.ModelServing;
using Gal.Scoring;
using Gal.Training;

namespace Gal.Cli.Services;

/// <summary>Services hosted in this process; those with models share one device.</summary>
internal sealed class ServiceSet : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _parts = [];
    private readonly ServiceSetOptions _options;

    private ServiceSet(ServiceSetOptions options) => _options = options;

    /// <summary>Starts the services.</summary>
    /// <exception cref="CannotListenException">An address is in use; those already started are stopped again.</exception>
    public static async Task<ServiceSet> StartAsync(ServiceSetOptions options, CancellationToken cancellationToken)
    {
        var set = new ServiceSet(options);
        try
        {
            await set.StartAllAsync(cancellationToken);
            return set;
        }
        catch
        {
            await set.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops the services: the coordinator first, the device last.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var part in Enumerable.Reverse(_parts))
        {
            await part.DisposeAsync();
        }
        _parts.Clear();
    }

    private async Task StartAllAsync(CancellationToken cancellationToken)
    {
        var device = new DeviceWorker(_options.ComputeDevice);
        _parts.Add(device);
        await StartAsync(ServiceKinds.Generation, new GenerationServiceOptions { Device = device }, GenerationServiceHost.Build, cancellationToken);
        await StartAsync(ServiceKinds.Training, new TrainingServiceOptions { Device = device }, TrainingServiceHost.Build, cancellationToken);
        await StartAsync(ServiceKinds.Scoring, new ScoringServiceOptions { Device = device }, ScoringServiceHost.Build, cancellationToken);
        var coordinator = new CoordinatorOptions
        {
            GenerationAddress = _options.Addresses[ServiceKinds.Generation],
            TrainingAddress = _options.Addresses[ServiceKinds.Training],
            ScoringAddress = _options.Addresses[ServiceKinds.Scoring],
            ResumeOnStart = _options.ResumesRuns,
        };
        await StartAsync(ServiceKinds.Coordinator, coordinator, CoordinatorHost.Build, cancellationToken);
    }

    private async Task StartAsync<TOptions>(ServiceKinds kind, TOptions service, Func<TOptions, WebApplication> build, CancellationToken cancellationToken)
        where TOptions : ServiceHostOptions
    {
        if (!_options.Kinds.HasFlag(kind))
        {
            return;
        }
        cancellationToken.ThrowIfCancellationRequested();
        service.Address = _options.Addresses[kind];
        service.StateFolder = Path.Combine(_options.StateFolder, ServiceNames.Of(kind));
        service.ArtifactFolder = Path.Combine(_options.StateFolder, "artifacts");
        // Ctrl-C cancels a run first; the services must live to hear of it.
        service.StopsOnSignals = false;
        service.ConfigureLogging = _options.ConfigureLogging;
        if (service is ModelServiceOptions models)
        {
            models.ComputeDevice = _options.ComputeDevice;
            models.ModelFolders = [.. kind == ServiceKinds.Scoring ? _options.ScoringModelFolders : _options.ModelFolders];
        }
        var app = build(service);
        _parts.Add(app);
        await ServiceRunner.StartAsync(app, service.Address);
    }
}
