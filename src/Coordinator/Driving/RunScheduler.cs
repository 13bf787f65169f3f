using System.Collections.Concurrent;
using Gal.Coordination.Events;
using Gal.Coordination.Runs;
using Gal.Coordination.Services;
using Gal.Coordination.Storage;
using Gal.Hosting.Errors;
using Google.Rpc;
using Grpc.Core;

namespace Gal.Coordination.Driving;

/// <summary>Drives runs, a bounded number at a time and in the order in which they came; goes on at its start with what the end of the process before left unfinished.</summary>
internal sealed class RunScheduler(RunStore store, ServiceClients clients, ArtifactExchange artifacts, CoordinatorOptions options, ErrorMapper errors, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<RunScheduler> logger) : IHostedService, IDisposable
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, RunJournal> _driven = new();
    private readonly SemaphoreSlim _slots = new(options.ConcurrentRunCount);
    private readonly string _lockFolder = Path.Combine(options.StateFolder, "locks");
    private readonly Lock _locking = new();

    /// <summary>The journal of a run that this process drives; null for any other.</summary>
    public RunJournal? Find(string id) => _driven.GetValueOrDefault(id);

    /// <summary>Whether any process works on a run at this moment.</summary>
    public bool IsWorkedOn(string id)
    {
        if (_driven.TryGetValue(id, out var journal))
        {
            return journal.IsWorking;
        }

        // To look at a run's lock is to hold it for a moment, in which nobody here must want it.
        lock (_locking)
        {
            return RunLock.IsTaken(_lockFolder, id);
        }
    }

    /// <summary>Begins to drive an unfinished run, unless that is under way.</summary>
    /// <exception cref="RpcException">FAILED_PRECONDITION: another process drives it.</exception>
    public Task DriveAsync(string id, CancellationToken cancellationToken) => DriveAsync(id, _ => null, cancellationToken);

    /// <summary>Stops a run that has not ended and returns when it has stopped.</summary>
    /// <exception cref="RpcException">FAILED_PRECONDITION: another process drives it.</exception>
    public async Task CancelAsync(string id, CancellationToken cancellationToken)
    {
        if (Find(id) is null)
        {
            await DriveAsync(id, run => run.HasEnded ? null : new StoredEvent.CancelRequested(), cancellationToken);
        }

        if (Find(id) is { } journal)
        {
            await journal.CancelAsync();
            await journal.Completion.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Goes on with a run that was cancelled, has failed, or was left unfinished by a process that ended.</summary>
    /// <returns>False if it is at work already.</returns>
    /// <exception cref="RpcException">FAILED_PRECONDITION: another process drives it.</exception>
    public async Task<bool> ResumeAsync(string id, CancellationToken cancellationToken)
    {
        if (Find(id) is { } journal)
        {
            // Watchers hear of an end as soon as it is stored, which is before the driver has let go of the run.
            if (!DrivenRun.Of(id, await store.ReadAsync(id, 0, cancellationToken)).HasEnded)
            {
                return false;
            }

            await journal.Completion.Task.WaitAsync(cancellationToken);
        }

        await DriveAsync(id, run => run.HasEnded ? new StoredEvent.PhaseChanged(RunPhase.Queued) : null, cancellationToken);
        return true;
    }

    /// <summary>Opens the database and goes on with the unfinished runs.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await store.OpenAsync(cancellationToken);
        if (!options.ResumeOnStart)
        {
            return;
        }

        foreach (var id in await store.ListUnfinishedAsync(cancellationToken))
        {
            if (await TryDriveAsync(id, _ => null, cancellationToken))
            {
                logger.GoesOn(id);
            }
        }
    }

    /// <summary>Waits until the drivers have let go of their runs, which go on at the next start.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(_driven.Values.Select(j => j.Completion.Task)).WaitAsync(cancellationToken);

    public void Dispose() => _slots.Dispose();

    private async Task DriveAsync(string id, Func<DrivenRun, StoredEvent?> first, CancellationToken cancellationToken)
    {
        if (!await TryDriveAsync(id, first, cancellationToken))
        {
            throw RpcErrors.Status(Code.FailedPrecondition, "DRIVEN_ELSEWHERE", $"{RunProjection.NameOf(id)} is at work in another process on the same state folder; connect to that one.").ToRpcException();
        }
    }

    // An event may come first: the one that ends an end, or the wish to stop.
    private async Task<bool> TryDriveAsync(string id, Func<DrivenRun, StoredEvent?> first, CancellationToken cancellationToken)
    {
        if (_driven.ContainsKey(id))
        {
            return true;
        }

        if (TakeLock(id) is not { } runLock)
        {
            return _driven.ContainsKey(id);
        }

        try
        {
            var journal = new RunJournal(store, DrivenRun.Of(id, await store.ReadAsync(id, 0, cancellationToken)), time);
            if (first(journal.State) is { } item)
            {
                await journal.AppendAsync(item);
            }

            if (journal.State.HasEnded)
            {
                runLock.Dispose();
                return true;
            }

            _driven[id] = journal;
            _ = Task.Run(() => DriveToEndAsync(journal, runLock), CancellationToken.None);
            return true;
        }
        catch
        {
            runLock.Dispose();
            throw;
        }
    }

    private RunLock? TakeLock(string id)
    {
        lock (_locking)
        {
            return RunLock.TryTake(_lockFolder, id);
        }
    }

    private async Task DriveToEndAsync(RunJournal journal, RunLock runLock)
    {
        using (runLock)
        {
            try
            {
                await WorkAsync(journal);
            }
            catch (Exception e)
            {
                // The history could not be written; what is on the disk is the truth after a restart.
                logger.HistoryNotWritten(e, RunProjection.NameOf(journal.State.Id));
            }
        }

        // After the lock: who does not find the run here must be able to take it.
        _driven.TryRemove(journal.State.Id, out _);
        journal.Complete();
    }

    private async Task WorkAsync(RunJournal journal)
    {
        var name = RunProjection.NameOf(journal.State.Id);
        using var work = CancellationTokenSource.CreateLinkedTokenSource(journal.CancelRequested, lifetime.ApplicationStopping);
        try
        {
            if (journal.State.CancelRequested)
            {
                await StopJobAsync(journal);
            }
            else
            {
                await DriveInTurnAsync(journal, work.Token);
            }

            logger.Ended(name, journal.State.Phase);
        }
        catch (Exception e) when (journal.CancelRequested.IsCancellationRequested && !HistoryErrors.Is(e))
        {
            await journal.AppendAsync(new StoredEvent.PhaseChanged(RunPhase.Cancelled, new RunError((int)Code.Cancelled, "CANCELLED_BY_CALLER", $"{name} was cancelled; resume it to go on.")));
            logger.Ended(name, RunPhase.Cancelled);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            logger.LeftForLater(name);
        }
        catch (Exception e) when (!HistoryErrors.Is(e))
        {
            var status = errors.ToStatus(e);
            await journal.AppendAsync(new StoredEvent.PhaseChanged(RunPhase.Failed, new RunError(status.Code, status.GetDetail<ErrorInfo>()?.Reason ?? "UNKNOWN", status.Message)));
            logger.Failed(e, name, status.Message);
        }
    }

    private async Task DriveInTurnAsync(RunJournal journal, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        try
        {
            journal.IsWorking = true;
            if (journal.State.Phase != RunPhase.Running)
            {
                await journal.AppendAsync(new StoredEvent.PhaseChanged(RunPhase.Running));
            }

            await DriverOf(journal, TimeSpan.FromSeconds(options.UnavailableSeconds)).RunAsync(cancellationToken);
        }
        finally
        {
            journal.IsWorking = false;
            _slots.Release();
        }
    }

    // The process ended between the wish to stop and the stop: the job of the next step, if there is one, may still be at work.
    private async Task StopJobAsync(RunJournal journal)
    {
        await journal.CancelAsync();
        await DriverOf(journal, StopPatience).RunAsync(lifetime.ApplicationStopping);
    }

    private RunDriver DriverOf(RunJournal journal, TimeSpan patienceLimit)
    {
        var patience = new Patience(patienceLimit, time, e => journal.WarnAsync("SERVICE_UNAVAILABLE", $"{e.Status.Detail} The run waits for it."));
        return new(new RunTools(journal, clients, artifacts, patience, time, lifetime.ApplicationStopping));
    }
}
