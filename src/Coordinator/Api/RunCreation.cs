using System.Security.Cryptography;
using Gal.Coordination.Driving;
using Gal.Coordination.Events;
using Gal.Coordination.Runs;
using Gal.Coordination.Services;
using Gal.Coordination.Storage;
using Gal.Hosting.Errors;
using Gal.V1;
using Google.Protobuf;
using Microsoft.EntityFrameworkCore;

namespace Gal.Coordination.Api;

/// <summary>Makes runs: once a request id, with complete settings, and only if the services that they need are there.</summary>
internal sealed class RunCreation(RunStore store, RunScheduler scheduler, PictureIntake pictures, ServiceClients clients, ArtifactExchange artifacts, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _creating = new(1, 1);

    /// <summary>Stores a run and begins to drive it; or finds the one that the same request made before.</summary>
    /// <returns>The run's id.</returns>
    public async Task<string> CreateAsync(CreateRunRequest request, CancellationToken cancellationToken)
    {
        await _creating.WaitAsync(cancellationToken);
        try
        {
            var hash = Convert.ToHexStringLower(SHA256.HashData(request.ToByteArray()));
            var id = await FindRepeatedAsync(request.RequestId, hash, cancellationToken) ?? await StoreAsync(request, hash, cancellationToken);
            await scheduler.DriveAsync(id, CancellationToken.None);
            return id;
        }
        finally
        {
            _creating.Release();
        }
    }

    public void Dispose() => _creating.Dispose();

    private async Task<string> StoreAsync(CreateRunRequest request, string hash, CancellationToken cancellationToken)
    {
        var settings = RunDefaults.Fill(request.Settings);
        var (generation, training, scoring) = await AskServicesAsync(cancellationToken);
        CheckModels(settings, generation, training, scoring);
        RunDefaults.FillFromServices(settings, generation, scoring);
        await pictures.TakeAsync(settings.Subject, cancellationToken);
        var row = new RunRow { Id = Guid.CreateVersion7(time.GetUtcNow()).ToString("N"), RequestId = request.RequestId.Length > 0 ? request.RequestId : null, RequestHash = hash };
        try
        {
            await store.CreateAsync(row, new StoredEvent.RunCreated(settings), cancellationToken);
            return row.Id;
        }
        catch (DbUpdateException) when (row.RequestId is not null)
        {
            // Another coordinator on the same database may have been first.
            if (await FindRepeatedAsync(row.RequestId, hash, cancellationToken) is { } first)
            {
                return first;
            }

            throw;
        }
    }

    private async Task<(Capabilities Generation, Capabilities Training, Capabilities Scoring)> AskServicesAsync(CancellationToken cancellationToken)
    {
        var answers = await Task.WhenAll(clients.Peers.Select(async p => await p.GetCapabilities(cancellationToken)));
        Array.ForEach(answers, artifacts.Learn);
        return (answers[0], answers[1], answers[2]);
    }

    private static void CheckModels(RunSettings settings, Capabilities generation, Capabilities training, Capabilities scoring)
    {
        (string Field, string Sentence, string Reason)[] violations =
        [
            .. Unknown("settings.model", settings.Model, generation),
            .. Unknown("settings.model", settings.Model, training),
            .. Unknown("settings.scoring_model", settings.ScoringModel, scoring),
        ];
        if (violations.Length > 0)
        {
            throw RpcErrors.InvalidFields(violations);
        }
    }

    private static IEnumerable<(string, string, string)> Unknown(string field, string model, Capabilities service)
    {
        if (model.Length > 0 && !service.Models.Contains(model))
        {
            yield return (field, $"{field} is \"{model}\", which the {service.Service} service does not have; it has {string.Join(", ", service.Models.Select(m => $"\"{m}\""))}.", "MODEL_UNKNOWN");
        }
    }

    private async Task<string?> FindRepeatedAsync(string requestId, string hash, CancellationToken cancellationToken)
    {
        if (requestId.Length == 0 || await store.FindRequestAsync(requestId, cancellationToken) is not { } first)
        {
            return null;
        }

        var name = RunProjection.NameOf(first.Id);
        return first.RequestHash == hash ? first.Id
            : throw RpcErrors.AlreadyExists("runs", name, $"request_id \"{requestId}\" belongs to another request, which made {name}; use a new request_id.");
    }
}
