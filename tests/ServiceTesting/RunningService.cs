using Gal.Hosting;
using Gal.Hosting.Clients;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace Gal.Tests.Services;

/// <summary>A service in this process, reached over real gRPC.</summary>
internal sealed class RunningService : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ServiceConnection _connection;

    private RunningService(WebApplication app)
    {
        _app = app;
        Address = ServiceHost.BoundAddress(app);
        _connection = ServiceChannel.Open(Address, "tested");
        Invoker = _connection.Invoker.Intercept(new CallLimits());
    }

    public string Address { get; }

    public IServiceProvider Services => _app.Services;

    public CallInvoker Invoker { get; }

    /// <summary>Starts a service that was built.</summary>
    public static async Task<RunningService> StartAsync(WebApplication app)
    {
        try
        {
            await ServiceRunner.StartAsync(app, "the test's address").DefaultTimeout();
            return new(app);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>Points a service's settings at a test's folder and a free address.</summary>
    public static TOptions Settle<TOptions>(TOptions options, TemporaryFolder folder, CapturedLog? log = null)
        where TOptions : ServiceHostOptions
    {
        options.Address = OperatingSystem.IsWindows() ? "http://127.0.0.1:0" : $"unix:{folder.Combine($"{Guid.NewGuid():N}.sock")}";
        options.StateFolder = folder.Combine("state");
        options.ArtifactFolder = folder.Combine("artifacts");
        options.StopsOnSignals = false;
        options.ConfigureLogging = logging => logging.SetMinimumLevel(LogLevel.Information).AddProvider(log ?? new CapturedLog());
        return options;
    }

    /// <summary>Stops the service as Ctrl-C would.</summary>
    public async ValueTask DisposeAsync()
    {
        // Each part within a time, so that one that does not end fails this test by its line. The channel's is synchronous.
        try
        {
            await Task.Run(_connection.Dispose).DefaultTimeout();
        }
        finally
        {
            await _app.StopAsync().DefaultTimeout();
            await _app.DisposeAsync().AsTask().DefaultTimeout();
        }
    }
}
