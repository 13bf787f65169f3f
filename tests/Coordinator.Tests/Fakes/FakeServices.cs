using Gal.Artifacts;
using Gal.Hosting;
using Gal.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gal.Coordination.Tests.Fakes;

/// <summary>The three services that do the work, as stand-ins on real gRPC over Unix sockets.</summary>
internal sealed class FakeServices : IAsyncDisposable
{
    private readonly Dictionary<string, WebApplication> _apps = [];
    private readonly Dictionary<string, object> _instances = [];
    private readonly string _folder;
    private readonly Func<string, string> _artifactFolder;

    /// <param name="folder">For sockets and state; short, since a socket's path must be.</param>
    /// <param name="artifactFolder">Where a service keeps artifacts: the same folder for all, or one each.</param>
    public FakeServices(string folder, Func<string, string> artifactFolder)
    {
        (_folder, _artifactFolder) = (folder, artifactFolder);
        (Training, Generation, Scoring) = (new(Store("training")), new(Store("generation")), new(Store("scoring")));
        (_instances["training"], _instances["generation"], _instances["scoring"]) = (Training, Generation, Scoring);
    }

    public FakeTrainingService Training { get; }

    public FakeGenerationService Generation { get; }

    public FakeScoringService Scoring { get; }

    public string AddressOf(string service) => $"unix:{Path.Combine(_folder, service)}.sock";

    public async Task StartAsync()
    {
        await StartAsync<FakeTrainingService>("training");
        await StartAsync<FakeGenerationService>("generation");
        await StartAsync<FakeScoringService>("scoring");
    }

    public async Task StartAsync<TService>(string service)
        where TService : class
    {
        var builder = ServiceHost.CreateBuilder(new ServiceHostOptions { Address = AddressOf(service), StateFolder = Path.Combine(_folder, service), ArtifactFolder = _artifactFolder(service), ConfigureLogging = log => log.SetMinimumLevel(LogLevel.None) });
        builder.Services.AddSingleton((TService)_instances[service]);
        var app = ServiceHost.Build(builder, routes => routes.MapGrpcService<TService>());
        await app.StartAsync();
        _apps[service] = app;
    }

    public async Task StopAsync(string service)
    {
        if (_apps.Remove(service, out var app))
        {
            using var now = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
            await app.StopAsync(now.Token);
            await app.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in _apps.Keys.ToList())
        {
            await StopAsync(service);
        }
    }

    public static Capabilities CapabilitiesOf(string service, IArtifactStore store) => new()
    {
        Service = service,
        Version = "1.0",
        Models = { "tiny" },
        ArtifactStore = store.Name,
        Devices = { new Device { Name = "cpu", Model = "A processor", InstructionSet = "avx2", MemoryBytes = 1L << 30, ThreadCount = 2, Dtypes = { Dtype.Float32 } } },
    };

    private LocalArtifactStore Store(string service) => new(_artifactFolder(service));
}
