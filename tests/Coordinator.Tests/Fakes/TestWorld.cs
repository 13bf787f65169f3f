using Gal.Artifacts;
using Gal.Hosting;
using Gal.Hosting.Clients;
using Gal.Tests.Services;
using Gal.V1;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace Gal.Coordination.Tests.Fakes;

/// <summary>A coordinator over real gRPC among stand-in services, in a folder of its own.</summary>
internal sealed class TestWorld : IAsyncDisposable
{
    private readonly string _folder;
    private readonly bool _oneStore;
    private WebApplication? _coordinator;
    private ServiceConnection? _connection;

    private TestWorld(bool oneStore)
    {
        (_folder, _oneStore) = (Directory.CreateTempSubdirectory("gal-").FullName, oneStore);
        Services = new FakeServices(_folder, ArtifactFolder);
    }

    public FakeServices Services { get; }

    public string StateFolder => Path.Combine(_folder, "state");

    public LocalArtifactStore Store => new(ArtifactFolder("coordinator"));

    public CallInvoker Invoker => _connection!.Invoker.Intercept(new CallLimits());

    public CoordinatorService.CoordinatorServiceClient Client => new(Invoker);

    public static async Task<TestWorld> StartAsync(bool oneStore = true)
    {
        var world = new TestWorld(oneStore);
        try
        {
            await world.Services.StartAsync();
            await world.StartCoordinatorAsync();
            return world;
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    public async Task StartCoordinatorAsync(bool resumeOnStart = true, double unavailableSeconds = 1)
    {
        var options = new CoordinatorOptions
        {
            Address = $"unix:{Path.Combine(_folder, "coordinator.sock")}",
            StateFolder = StateFolder,
            ArtifactFolder = ArtifactFolder("coordinator"),
            GenerationAddress = Services.AddressOf("generation"),
            TrainingAddress = Services.AddressOf("training"),
            ScoringAddress = Services.AddressOf("scoring"),
            ResumeOnStart = resumeOnStart,
            UnavailableSeconds = unavailableSeconds,
            ConfigureLogging = log => log.SetMinimumLevel(LogLevel.None),
        };
        _coordinator = CoordinatorHost.Build(options);
        await _coordinator.StartAsync();
        _connection = ServiceChannel.Open(ServiceHost.BoundAddress(_coordinator), "coordinator");
    }

    public async Task StopCoordinatorAsync()
    {
        if (_coordinator is { } coordinator)
        {
            using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            await coordinator.StopAsync(soon.Token);
            await coordinator.DisposeAsync();
            _connection!.Dispose();
            _coordinator = null;
        }
    }

    /// <summary>Makes a run and waits for its end.</summary>
    public async Task<Run> RunAsync(RunSettings settings) => await WaitForEndAsync((await Client.CreateRunAsync(new() { Settings = settings })).Name);

    /// <summary>The run once it has ended, whatever state that is.</summary>
    public async Task<Run> WaitForEndAsync(string name)
    {
        await WatchAsync(name, 0);
        return await Client.GetRunAsync(new() { Name = name });
    }

    /// <summary>All that a watcher hears until the end.</summary>
    public async Task<IReadOnlyList<RunEvent>> WatchAsync(string name, long after)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var call = Client.WatchRun(new() { Name = name, AfterSequenceNumber = after }, cancellationToken: timeout.Token);
        return await call.ResponseStream.ReadAllAsync(timeout.Token).ToListAsync(timeout.Token);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await StopCoordinatorAsync().DefaultTimeout();
        }
        finally
        {
            await Services.DisposeAsync().AsTask().DefaultTimeout();
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            Directory.Delete(_folder, recursive: true);
        }
    }

    private string ArtifactFolder(string service) => Path.Combine(_folder, _oneStore ? "artifacts" : $"artifacts-{service}");
}
