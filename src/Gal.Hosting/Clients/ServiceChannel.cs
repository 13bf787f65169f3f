using System.Net.Sockets;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Grpc.Net.Client.Balancer;
using Grpc.Net.Client.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Gal.Hosting.Clients;

/// <summary>Opens channels to Gal's services: keep-alive pings, retries of UNAVAILABLE alone, and errors that say which address did not answer and what to start.</summary>
public static class ServiceChannel
{
    private const int AttemptCount = 5;

    /// <summary>Opens a channel. Nothing is sent yet.</summary>
    /// <param name="address">"http://host:port", "unix:/path", "dns:///host:port" or several http addresses with commas between; calls go to all in turn, those of <see cref="StickyCalls"/> to one.</param>
    /// <param name="service">What should answer there: "scoring".</param>
    /// <param name="messageSizeBytes">Bytes that one answer may have.</param>
    /// <exception cref="ServiceOptionsException">The address is none of these.</exception>
    public static ServiceConnection Open(string address, string service, int messageSizeBytes = 256 * 1024 * 1024)
    {
        if (!address.StartsWith("dns:", StringComparison.Ordinal) && address.Split(',').Select(part => ServiceAddress.FindProblem(part.Trim())).OfType<string>().FirstOrDefault() is { } problem)
        {
            throw new ServiceOptionsException([problem]);
        }

        var options = new GrpcChannelOptions
        {
            Credentials = ChannelCredentials.Insecure,
            MaxReceiveMessageSize = messageSizeBytes,
            MaxRetryAttempts = AttemptCount,
            DisposeHttpClient = true,
            ServiceConfig = new ServiceConfig { MethodConfigs = { RetryUnavailable() } },
        };
        var channel = OpenChannel(address, options);
        return new(channel, channel.Intercept(new UnavailableInterceptor(address, service)));
    }

    private static GrpcChannel OpenChannel(string address, GrpcChannelOptions options)
    {
        if (ServiceAddress.UnixPath(address) is { } path)
        {
            options.HttpHandler = Handler(path);
            return GrpcChannel.ForAddress("http://localhost", options);
        }

        options.HttpHandler = Handler(null);
        if (address.StartsWith("http", StringComparison.Ordinal) && !address.Contains(','))
        {
            return GrpcChannel.ForAddress(address, options);
        }

        options.ServiceConfig!.LoadBalancingConfigs.Add(new ReplicaBalancer.Config());
        return OpenBalanced(address, options);
    }

    private static GrpcChannel OpenBalanced(string address, GrpcChannelOptions options)
    {
        var services = new ServiceCollection().AddSingleton<LoadBalancerFactory, ReplicaBalancer.Factory>();
        var several = address.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var isList = several.Length > 1;
        if (isList)
        {
            var addresses = several.Select(a => new Uri(a)).Select(uri => new BalancerAddress(uri.Host, uri.Port)).ToArray();
            services.AddSingleton<ResolverFactory>(new StaticResolverFactory(_ => addresses));
        }

        options.ServiceProvider = services.BuildServiceProvider();
        return GrpcChannel.ForAddress(isList ? "static:///replicas" : address, options);
    }

    private static SocketsHttpHandler Handler(string? unixPath)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            EnableMultipleHttp2Connections = true,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            KeepAlivePingDelay = TimeSpan.FromSeconds(20),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(60),
            ConnectTimeout = TimeSpan.FromSeconds(5),
        };
        if (unixPath is not null)
        {
            handler.ConnectCallback = (_, cancellationToken) => ConnectAsync(unixPath, cancellationToken);
        }

        return handler;
    }

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // All of our calls change nothing or carry a request_id, so a repetition does no harm; see StampRequestId for those that come without.
    private static MethodConfig RetryUnavailable() => new()
    {
        Names = { MethodName.Default },
        RetryPolicy = new RetryPolicy
        {
            MaxAttempts = AttemptCount,
            InitialBackoff = TimeSpan.FromMilliseconds(200),
            MaxBackoff = TimeSpan.FromSeconds(3),
            BackoffMultiplier = 2,
            RetryableStatusCodes = { StatusCode.Unavailable },
        },
    };
}
