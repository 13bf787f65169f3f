namespace Gal.Cli.Services;

/// <summary>What the services are called on the command line and in messages.</summary>
internal static class ServiceNames
{
    /// <summary>Drives runs.</summary>
    public const string Coordinator = "coordinator";

    /// <summary>Each service by itself.</summary>
    public static IReadOnlyList<ServiceKinds> Each { get; } = [ServiceKinds.Coordinator, ServiceKinds.Generation, ServiceKinds.Training, ServiceKinds.Scoring];

    /// <summary>One service's name: "generation".</summary>
    public static string Of(ServiceKinds kind) => kind.ToString().ToLowerInvariant();
}
