using System.Net;
using System.Net.Sockets;
using Gal.Cli.Errors;

namespace Gal.Cli.Services;

/// <summary>Looks whether addresses can be listened on before anything is started, so that all that are taken are named at once and no half-started service is left.</summary>
internal static class FreePorts
{
    /// <summary>Refuses addresses that are taken or are not this machine's.</summary>
    /// <param name="addresses">http addresses with an IP address or "localhost".</param>
    /// <exception cref="CliException">Names each.</exception>
    public static void Check(IEnumerable<string> addresses)
    {
        var problems = addresses.Select(Problem).OfType<string>().ToArray();
        if (problems.Length > 0)
        {
            throw new CliException(ExitCodes.Service, string.Join('\n', problems) + "\nStop the other program, or choose other ports with --port.");
        }
    }

    private static string? Problem(string address)
    {
        var uri = new Uri(address);
        if (!IPAddress.TryParse(uri.Host == "localhost" ? "127.0.0.1" : uri.Host.Trim('[', ']'), out var host))
        {
            return $"--host: '{uri.Host}' is no IP address of this machine.";
        }
        try
        {
            using var listener = new TcpListener(host, uri.Port);
            listener.Start();
            return null;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode == SocketError.AddressAlreadyInUse
                ? $"Cannot listen on {address}: another program does."
                : $"Cannot listen on {address}: {exception.Message}.";
        }
    }
}
