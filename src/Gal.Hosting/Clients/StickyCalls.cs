using Grpc.Core;

namespace Gal.Hosting.Clients;

/// <summary>Calls that several replicas must not share: those of one job.</summary>
public static class StickyCalls
{
    /// <summary>Calls with the same value in this header go to the same replica.</summary>
    internal const string HeaderName = "gal-sticky-key";

    /// <summary>The options of a call.</summary>
    /// <param name="key">The same for all calls that belong together.</param>
    /// <param name="cancellationToken">The call's.</param>
    public static CallOptions Options(string key, CancellationToken cancellationToken) => new(new Metadata { { HeaderName, key } }, cancellationToken: cancellationToken);
}
