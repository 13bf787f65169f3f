using Gal.Hosting.Clients;
using Gal.V1;
using Grpc.Core;

namespace Gal.Coordination.Services;

/// <summary>The clients of the three services that do the work.</summary>
internal sealed class ServiceClients : IDisposable
{
    private readonly ServiceConnection[] _connections;

    /// <summary>Opens the connections. Nothing is sent yet.</summary>
    public ServiceClients(CoordinatorOptions options)
    {
        _connections = [ServiceChannel.Open(options.GenerationAddress, "generation"), ServiceChannel.Open(options.TrainingAddress, "training"), ServiceChannel.Open(options.ScoringAddress, "scoring")];
        var invokers = _connections.Select(c => c.Invoker).ToArray();
        (Generation, Training, Scoring) = (new(invokers[0]), new(invokers[1]), new(invokers[2]));
        Peers =
        [
            new("generation", options.GenerationAddress, new(invokers[0]), token => Generation.GetCapabilitiesAsync(new(), cancellationToken: token)),
            new("training", options.TrainingAddress, new(invokers[1]), token => Training.GetCapabilitiesAsync(new(), cancellationToken: token)),
            new("scoring", options.ScoringAddress, new(invokers[2]), token => Scoring.GetCapabilitiesAsync(new(), cancellationToken: token)),
        ];
    }

    /// <summary>Samples.</summary>
    public GenerationService.GenerationServiceClient Generation { get; }

    /// <summary>Trains.</summary>
    public TrainingService.TrainingServiceClient Training { get; }

    /// <summary>Scores.</summary>
    public ScoringService.ScoringServiceClient Scoring { get; }

    /// <summary>What all three have in common: generation, training, scoring.</summary>
    public IReadOnlyList<Peer> Peers { get; }

    /// <summary>Closes the connections.</summary>
    public void Dispose() => Array.ForEach(_connections, c => c.Dispose());

    /// <summary>A service as any other.</summary>
    /// <param name="Service">Its name: "training".</param>
    /// <param name="Address">Where it answers.</param>
    /// <param name="Artifacts">Its store.</param>
    /// <param name="GetCapabilities">Asks what it can do.</param>
    internal sealed record Peer(string Service, string Address, ArtifactService.ArtifactServiceClient Artifacts, Func<CancellationToken, AsyncUnaryCall<Capabilities>> GetCapabilities);
}
