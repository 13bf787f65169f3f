using Gal.Cli.Services;
using Gal.Hosting;
using Gal.Hosting.Clients;
using Gal.V1;
using Grpc.Core;

namespace Gal.Cli.Doctor;

/// <summary>Asks at the default addresses whether services run there. None need to: <c>gal run</c> starts its own.</summary>
internal static class ServiceChecks
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>One finding a service.</summary>
    public static async Task<IReadOnlyList<Finding>> LookAsync(TimeProvider time, CancellationToken cancellationToken) => await Task.WhenAll(
        LookAsync(ServiceKinds.Coordinator, DefaultAddresses.Coordinator, (i, o) => new CoordinatorService.CoordinatorServiceClient(i).GetCapabilitiesAsync(new(), o), time, cancellationToken),
        LookAsync(ServiceKinds.Generation, DefaultAddresses.Generation, (i, o) => new GenerationService.GenerationServiceClient(i).GetCapabilitiesAsync(new(), o), time, cancellationToken),
        LookAsync(ServiceKinds.Training, DefaultAddresses.Training, (i, o) => new TrainingService.TrainingServiceClient(i).GetCapabilitiesAsync(new(), o), time, cancellationToken),
        LookAsync(ServiceKinds.Scoring, DefaultAddresses.Scoring, (i, o) => new ScoringService.ScoringServiceClient(i).GetCapabilitiesAsync(new(), o), time, cancellationToken));

    private static async Task<Finding> LookAsync(
        ServiceKinds kind, string address, Func<CallInvoker, CallOptions, AsyncUnaryCall<Capabilities>> ask, TimeProvider time, CancellationToken cancellationToken)
    {
        using var connection = ServiceChannel.Open(address, ServiceNames.Of(kind));
        try
        {
            var capabilities = await ask(connection.Invoker, new CallOptions(deadline: time.GetUtcNow().Add(Patience).UtcDateTime, cancellationToken: cancellationToken));
            return new("services", ServiceNames.Of(kind), false, $"answers at {address}, version {capabilities.Version}{(capabilities.Models.Count > 0 ? $", models {string.Join(", ", capabilities.Models)}" : "")}");
        }
        catch (RpcException exception) when (exception.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Internal)
        {
            return new("services", ServiceNames.Of(kind), false, $"does not run at {address} (needed only for --connect; \"gal serve\" starts it)");
        }
    }
}
