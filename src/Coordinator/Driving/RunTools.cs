using Gal.Coordination.Services;

namespace Gal.Coordination.Driving;

/// <summary>What the steps of one run share while it is driven.</summary>
/// <param name="Journal">Its history and state.</param>
/// <param name="Clients">The services.</param>
/// <param name="Artifacts">Brings pictures and checkpoints to where they are needed.</param>
/// <param name="Patience">Waits for services that do not answer.</param>
/// <param name="Time">The clock.</param>
/// <param name="Stopping">Fires when the process stops; the services' jobs are left as they are then.</param>
internal sealed record RunTools(RunJournal Journal, ServiceClients Clients, ArtifactExchange Artifacts, Patience Patience, TimeProvider Time, CancellationToken Stopping);
