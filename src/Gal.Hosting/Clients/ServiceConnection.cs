using Grpc.Core;
using Grpc.Net.Client;

namespace Gal.Hosting.Clients;

/// <summary>An open channel to a service. Dispose it to close its connections.</summary>
public sealed class ServiceConnection : IDisposable
{
    private readonly GrpcChannel _channel;

    internal ServiceConnection(GrpcChannel channel, CallInvoker invoker) => (_channel, Invoker) = (channel, invoker);

    /// <summary>What generated clients are made with: <c>new ScoringService.ScoringServiceClient(connection.Invoker)</c>.</summary>
    public CallInvoker Invoker { get; }

    /// <summary>Closes the connections.</summary>
    public void Dispose() => _channel.Dispose();
}
