using Gal.Hosting;
using Gal.Hosting.Clients;
using Gal.Scoring;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace Gal.Benchmarks.Scoring;

/// <summary>The service in this process, reached over gRPC on TCP.</summary>
internal sealed class ScoringBench : IAsyncDisposable
{
    private readonly DirectoryInfo _folder;
    private readonly WebApplication _app;
    private readonly ServiceConnection _connection;

    private ScoringBench(DirectoryInfo folder, WebApplication app) =>
        (_folder, _app, _connection) = (folder, app, ServiceChannel.Open(ServiceHost.BoundAddress(app), "scoring"));

    public CallInvoker Invoker => _connection.Invoker;

    public static async Task<ScoringBench> StartAsync(string modelFolder)
    {
        var folder = Directory.CreateTempSubdirectory("gal-bench-");
        var options = new ScoringServiceOptions
        {
            Address = "http://127.0.0.1:0",
            StateFolder = Path.Combine(folder.FullName, "state"),
            ArtifactFolder = Path.Combine(folder.FullName, "artifacts"),
            ModelFolders = [modelFolder],
            StopsOnSignals = false,
            ConfigureLogging = logging => logging.ClearProviders(),
        };
        var app = ScoringServiceHost.Build(options);
        await ServiceRunner.StartAsync(app, options.Address);
        return new(folder, app);
    }

    public async ValueTask DisposeAsync()
    {
        _connection.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
