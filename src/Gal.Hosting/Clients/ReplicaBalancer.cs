using System.Security.Cryptography;
using System.Text;
using Grpc.Net.Client.Balancer;
using Grpc.Net.Client.Configuration;
using Microsoft.Extensions.Logging;

namespace Gal.Hosting.Clients;

/// <summary>Calls go to the replicas in turn; those that belong together (<see cref="StickyCalls"/>) to the same one as long as it answers, since a job is known to the replica alone that has it.</summary>
internal sealed class ReplicaBalancer(IChannelControlHelper controller, ILoggerFactory loggerFactory) : SubchannelsLoadBalancer(controller, loggerFactory)
{
    /// <summary>The policy's name in a service configuration.</summary>
    public const string PolicyName = "gal_replicas";

    /// <inheritdoc/>
    protected override SubchannelPicker CreatePicker(IReadOnlyList<Subchannel> readySubchannels) => new Picker(readySubchannels);

    /// <summary>Makes balancers of this policy.</summary>
    internal sealed class Factory : LoadBalancerFactory
    {
        /// <inheritdoc/>
        public override string Name => PolicyName;

        /// <inheritdoc/>
        public override LoadBalancer Create(LoadBalancerOptions options) => new ReplicaBalancer(options.Controller, options.LoggerFactory);
    }

    /// <summary>What a channel's configuration asks for.</summary>
    internal sealed class Config() : LoadBalancingConfig(ReplicaBalancer.PolicyName);

    private sealed class Picker(IReadOnlyList<Subchannel> ready) : SubchannelPicker
    {
        private long _next = -1;

        public override PickResult Pick(PickContext context)
        {
            var key = context.Request is { } request && request.Headers.TryGetValues(StickyCalls.HeaderName, out var values) ? string.Concat(values) : null;
            return PickResult.ForSubchannel(key is null ? ready[(int)((ulong)Interlocked.Increment(ref _next) % (ulong)ready.Count)] : ready.MaxBy(replica => Rank(key, replica))!);
        }

        // The highest rank of a key and a replica wins: when a replica goes, only what was there moves (rendezvous hashing).
        private static ulong Rank(string key, Subchannel replica) =>
            BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes($"{key} {string.Join(' ', replica.GetAddresses().Select(address => address.ToString()))}")));
    }
}
