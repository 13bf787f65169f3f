using Gal.Hosting.Clients;
using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Gal.Cli.Services;

/// <summary>Services in this process for this process, spoken to over real gRPC on Unix sockets: the same path as to services elsewhere. Only this user can reach the sockets.</summary>
internal sealed class LocalServices : IAsyncDisposable
{
    private readonly DirectoryInfo _sockets = Directory.CreateTempSubdirectory("gal-");
    private readonly Dictionary<ServiceKinds, ServiceConnection> _connections = [];
    private ServiceSet? _services;

    private LocalServices() => Addresses = ServiceNames.Each.ToDictionary(kind => kind, kind => $"unix:{Path.Combine(_sockets.FullName, ServiceNames.Of(kind) + ".sock")}");

    /// <summary>Where each service listens.</summary>
    public IReadOnlyDictionary<ServiceKinds, string> Addresses { get; }

    /// <summary>Calls a service.</summary>
    public CallInvoker this[ServiceKinds kind] => _connections[kind].Invoker;

    /// <summary>Starts services.</summary>
    /// <param name="kinds">Which.</param>
    /// <param name="stateFolder">Where they keep jobs and artifacts.</param>
    /// <param name="modelFolder">The model to sample from and to train.</param>
    /// <param name="scoringModelFolder">The model folder whose CLIP scores.</param>
    /// <param name="configureLogging">Where their log goes.</param>
    /// <param name="cancellationToken">Stops starting.</param>
    public static async Task<LocalServices> StartAsync(
        ServiceKinds kinds, string stateFolder, string modelFolder, string scoringModelFolder, Action<ILoggingBuilder> configureLogging, CancellationToken cancellationToken)
    {
        var local = new LocalServices();
        try
        {
            local._services = await ServiceSet.StartAsync(
                new ServiceSetOptions
                {
                    Kinds = kinds,
                    Addresses = local.Addresses,
                    StateFolder = stateFolder,
                    ModelFolders = [modelFolder],
                    ScoringModelFolders = [scoringModelFolder],
                    ConfigureLogging = configureLogging,
                },
                cancellationToken);
            foreach (var kind in ServiceNames.Each.Where(kind => kinds.HasFlag(kind)))
            {
                local._connections[kind] = ServiceChannel.Open(local.Addresses[kind], ServiceNames.Of(kind));
            }
            return local;
        }
        catch
        {
            await local.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections.Values)
        {
            connection.Dispose();
        }
        if (_services is not null)
        {
            await _services.DisposeAsync();
        }
        _sockets.Delete(recursive: true);
    }
}
