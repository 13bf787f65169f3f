using System.Net.Sockets;
using Gal.Cli.Errors;
using Gal.Cli.RunFolders;
using Gal.Cli.Services;
using Gal.Hosting;
using Gal.Hosting.Clients;

namespace Gal.Cli.Sessions;

/// <summary>A run that a user names, by its folder or by its name at a coordinator.</summary>
/// <param name="Address">Its coordinator.</param>
/// <param name="Run">Its resource name.</param>
internal sealed record RunTarget(string Address, string Run)
{
    private const string Collection = "runs/";

    /// <summary>Finds the run.</summary>
    /// <param name="runOrFolder">A run's folder, or its name with or without <c>runs/</c>.</param>
    /// <param name="connect">The coordinator for a name; null for the default address.</param>
    /// <exception cref="CliException">A folder whose run nobody works on, or that holds none.</exception>
    public static RunTarget Of(string runOrFolder, string? connect)
    {
        if (!RunFolder.IsOne(runOrFolder))
        {
            var isName = runOrFolder.StartsWith(Collection, StringComparison.Ordinal);
            return !isName && (Directory.Exists(runOrFolder) || runOrFolder.AsSpan().ContainsAny('/', '\\', '.'))
                ? throw CliException.BadInput($"{Path.GetFullPath(runOrFolder)} holds no run.")
                : new RunTarget(connect ?? DefaultAddresses.Coordinator, isName ? runOrFolder : Collection + runOrFolder);
        }
        var ticket = RunFolder.Open(runOrFolder).ReadTicket();
        return AddressOf(ticket) is { } address && ticket.Run is not null
            ? new RunTarget(address, ticket.Run)
            : throw new CliException(ExitCodes.Service, $"No gal works on {runOrFolder} now. Go on with it by: gal resume {runOrFolder}");
    }

    /// <summary>Opens a connection to the coordinator.</summary>
    public ServiceConnection Open() => ServiceChannel.Open(Address, ServiceNames.Coordinator);

    /// <summary>Where the coordinator of a folder's run answers; null if nobody works on the folder.</summary>
    public static string? AddressOf(RunTicket ticket) => ticket.Coordinator ?? (IsAlive(ticket.Socket) ? ticket.Socket : null);

    // After a clean end the socket is gone; a killed process leaves one behind that nobody listens on.
    private static bool IsAlive(string? address)
    {
        if (address is null || ServiceAddress.UnixPath(address) is not { } path || !File.Exists(path))
        {
            return false;
        }
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
