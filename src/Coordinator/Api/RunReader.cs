using System.Runtime.CompilerServices;
using Gal.Coordination.Driving;
using Gal.Coordination.Events;
using Gal.Coordination.Runs;
using Gal.Coordination.Storage;
using Gal.Hosting.Errors;
using Gal.V1;

namespace Gal.Coordination.Api;

/// <summary>Reads runs as callers see them: as they stand, in pages, and event by event.</summary>
internal sealed class RunReader(RunStore store, RunScheduler scheduler, CoordinatorOptions options, TimeProvider time)
{
    // A run that another process drives is looked up this often.
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>The events of a run.</summary>
    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND.</exception>
    public async Task<IReadOnlyList<RecordedEvent>> ReadEventsAsync(string name, CancellationToken cancellationToken)
    {
        var events = await store.ReadAsync(IdOf(name), 0, cancellationToken);
        return events.Count > 0 ? events : throw RpcErrors.NotFound("runs", name, $"There is no {name} here.");
    }

    /// <summary>A run as it stands.</summary>
    public async Task<Run> GetAsync(string name, CancellationToken cancellationToken)
    {
        var id = IdOf(name);

        // Looked at before the events: a run that has just ended must not pass for one that nobody drives.
        var isWorkedOn = scheduler.IsWorkedOn(id);
        var run = RunProjection.Of(id, await ReadEventsAsync(name, cancellationToken));
        if (run.State == JobState.Running && !isWorkedOn)
        {
            run.State = JobState.Queued;
        }

        return run;
    }

    /// <summary>A page of runs without their rounds, newest first.</summary>
    public async Task<ListRunsResponse> ListAsync(int pageSize, string pageToken, CancellationToken cancellationToken)
    {
        var size = pageSize == 0 ? 50 : pageSize;
        var ids = await store.ListAsync(size + 1, pageToken, cancellationToken);
        var response = new ListRunsResponse { NextPageToken = ids.Count > size ? ids[size - 1] : "" };
        foreach (var id in ids.Take(size))
        {
            var run = await GetAsync(RunProjection.NameOf(id), cancellationToken);
            run.Rounds.Clear();
            run.ClassImages.Clear();
            response.Runs.Add(run);
        }

        return response;
    }

    /// <summary>The kept events after a number, then what happens, until the run has ended.</summary>
    public async IAsyncEnumerable<RunEvent> WatchAsync(string name, long afterSequenceNumber, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var projection = new RunProjection(IdOf(name));
        var progressSeen = scheduler.Find(IdOf(name))?.Look().Version ?? 0;
        await ReadEventsAsync(name, cancellationToken);
        while (true)
        {
            // Looked at before the store, so that no change falls between the two.
            var journal = scheduler.Find(IdOf(name));
            (Task? changed, var progress, var version) = journal?.Look() ?? default((Task, RunEvent?, long));
            foreach (var recorded in await store.ReadAsync(IdOf(name), projection.Run.LastSequenceNumber, cancellationToken))
            {
                if (projection.Apply(recorded) is { } told && told.SequenceNumber > afterSequenceNumber)
                {
                    yield return told;
                }
            }

            if (projection.Run.State.IsTerminal())
            {
                yield break;
            }

            if (progress is not null && version != progressSeen)
            {
                progressSeen = version;
                yield return progress;
            }

            if (changed is null)
            {
                await Task.Delay(PollInterval, time, cancellationToken);
            }
            else if (!await ChangesInTimeAsync(changed, cancellationToken) && progress is not null)
            {
                // Proxies cut streams that are silent for long: say again what was said last.
                yield return progress;
            }
        }
    }

    private async Task<bool> ChangesInTimeAsync(Task changed, CancellationToken cancellationToken)
    {
        try
        {
            await changed.WaitAsync(TimeSpan.FromSeconds(options.HeartbeatSeconds), time, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>"runs/abc" → "abc".</summary>
    public static string IdOf(string name) => name[(name.IndexOf('/', StringComparison.Ordinal) + 1)..];
}
