using System.Net;

namespace Gal.Hosting;

/// <summary>Reads the addresses that services listen on and clients call: "http://127.0.0.1:5101", "http://[::]:5101", "http://localhost:5101" or "unix:/path".</summary>
public static class ServiceAddress
{
    // sockaddr_un's path holds 108 bytes, one of them the end.
    private const int UnixPathLimit = 107;
    private const string UnixPrefix = "unix:";

    /// <summary>The path of a Unix socket; null for an address of another kind.</summary>
    public static string? UnixPath(string address) =>
        address.StartsWith(UnixPrefix, StringComparison.Ordinal) ? Path.GetFullPath(address[UnixPrefix.Length..]) : null;

    /// <summary>What is wrong with an address, as a sentence; null if nothing is.</summary>
    public static string? FindProblem(string address)
    {
        if (UnixPath(address) is { } path)
        {
            var length = System.Text.Encoding.UTF8.GetByteCount(path);
            return length > UnixPathLimit ? $"The socket path of \"{address}\" has {length} bytes; the system allows {UnixPathLimit}. Use a shorter path." : null;
        }

        return Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttp && uri.PathAndQuery == "/"
            ? null
            : $"Address \"{address}\" is neither http://HOST:PORT nor unix:/path.";
    }

    /// <summary>The IP addresses to listen on for an http address: the loopback ones for "localhost".</summary>
    internal static IPEndPoint ToEndPoint(string address)
    {
        var uri = new Uri(address);
        return new(uri.Host == "localhost" ? IPAddress.Loopback : IPAddress.Parse(uri.Host.Trim('[', ']')), uri.Port);
    }
}
