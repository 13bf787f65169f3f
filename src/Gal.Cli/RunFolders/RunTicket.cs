namespace Gal.Cli.RunFolders;

/// <summary>What finds a run again.</summary>
/// <param name="Run">Its resource name; null until the coordinator has accepted it.</param>
/// <param name="RequestId">What it was asked for with: asking again with the same one gives the same run.</param>
/// <param name="Coordinator">The address of the coordinator that keeps it; null if the run's own process does.</param>
/// <param name="Socket">The address of the coordinator in the run's own process, while that lives.</param>
/// <param name="Model">Full path of the model folder that the services loaded; null if another machine's do.</param>
/// <param name="ScoringModel">Full path of the model folder whose CLIP scores; null as above.</param>
internal sealed record RunTicket(string? Run, string RequestId, string? Coordinator, string? Socket, string? Model, string? ScoringModel);
