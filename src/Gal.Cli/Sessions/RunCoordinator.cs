using Gal.Cli.Errors;
using Gal.Cli.RunFolders;
using Gal.Cli.Services;
using Gal.Hosting.Clients;
using Grpc.Core;

namespace Gal.Cli.Sessions;

/// <summary>The coordinator of a run: the one that has it now, or one started here on what the run's own process left.</summary>
internal sealed class RunCoordinator : IAsyncDisposable
{
    private readonly ServiceConnection? _connection;
    private readonly LocalServices? _services;
    private readonly IDisposable[] _resources;

    private RunCoordinator(string run, ServiceConnection? connection, LocalServices? services, params IDisposable[] resources)
    {
        (Run, _connection, _services, _resources) = (run, connection, services, resources);
        Invoker = connection?.Invoker ?? services![ServiceKinds.Coordinator];
    }

    /// <summary>The run's resource name.</summary>
    public string Run { get; }

    /// <summary>Calls the coordinator.</summary>
    public CallInvoker Invoker { get; }

    /// <summary>Opens it.</summary>
    /// <param name="runOrFolder">A run's folder, or its name at a coordinator.</param>
    /// <param name="connect">The coordinator for a name; null for the default address.</param>
    /// <param name="kinds">What to start if nobody works on the folder.</param>
    /// <param name="time">Stamps the log.</param>
    /// <param name="cancellationToken">Stops starting.</param>
    public static async Task<RunCoordinator> OpenAsync(string runOrFolder, string? connect, ServiceKinds kinds, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!RunFolder.IsOne(runOrFolder) || RunTarget.AddressOf(RunFolder.Open(runOrFolder).ReadTicket()) is not null)
        {
            var target = RunTarget.Of(runOrFolder, connect);
            return new RunCoordinator(target.Run, target.Open(), null);
        }
        var folder = RunFolder.Open(runOrFolder);
        var ticket = folder.ReadTicket();
        var run = ticket.Run ?? throw CliException.BadInput($"{folder.Path} holds no run that was accepted.");
        var folderLock = folder.Lock();
        var log = new FileLog(folder.Log, time);
        try
        {
            var model = ticket.Model ?? ModelFolders.Find("");
            return new RunCoordinator(run, null, await LocalServices.StartAsync(kinds, folder.State, model, ticket.ScoringModel ?? model, log.Configure, cancellationToken), log, folderLock);
        }
        catch
        {
            log.Dispose();
            folderLock.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _connection?.Dispose();
        if (_services is not null)
        {
            await _services.DisposeAsync();
        }
        foreach (var resource in _resources)
        {
            resource.Dispose();
        }
    }
}
