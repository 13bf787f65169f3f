using Gal.Hosting.Clients;
using Grpc.Core;

namespace Gal.Cli.Services;

/// <summary>One service for one command: a running one elsewhere, or one started in this process and gone afterwards.</summary>
internal sealed class OneService : IAsyncDisposable
{
    private readonly LocalServices? _local;
    private readonly ServiceConnection? _remote;
    private readonly DirectoryInfo? _state;

    private OneService(LocalServices? local, ServiceConnection? remote, DirectoryInfo? state, CallInvoker invoker) =>
        (_local, _remote, _state, Invoker) = (local, remote, state, invoker);

    /// <summary>Calls the service.</summary>
    public CallInvoker Invoker { get; }

    /// <summary>Opens the service.</summary>
    /// <param name="kind">Which one.</param>
    /// <param name="connect">Where it answers; null to start it here.</param>
    /// <param name="modelFolder">The model to start it with; asked for only then.</param>
    /// <param name="cancellationToken">Stops starting.</param>
    public static async Task<OneService> OpenAsync(ServiceKinds kind, string? connect, Func<string> modelFolder, CancellationToken cancellationToken)
    {
        if (connect is not null)
        {
            var remote = ServiceChannel.Open(connect, ServiceNames.Of(kind));
            return new OneService(null, remote, null, remote.Invoker);
        }
        var model = modelFolder();
        var state = Directory.CreateTempSubdirectory("gal-state-");
        try
        {
            var local = await LocalServices.StartAsync(kind, state.FullName, model, model, _ => { }, cancellationToken);
            return new OneService(local, null, state, local[kind]);
        }
        catch
        {
            state.Delete(recursive: true);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _remote?.Dispose();
        if (_local is not null)
        {
            await _local.DisposeAsync();
        }
        _state?.Delete(recursive: true);
    }
}
