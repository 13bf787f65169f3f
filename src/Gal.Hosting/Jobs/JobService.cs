using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Gal.Hosting.Errors;
using Gal.Hosting.Queues;
using Gal.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gal.Hosting.Jobs;

/// <summary>The jobs of one kind: created once a request id, queued, run one at a time, watched, cancelled, kept on disk, and queued again after a restart.</summary>
public sealed class JobService<TRequest, TResource, TEvent> : IHostedService
    where TRequest : class, IMessage<TRequest>, IJobRequest, new()
    where TResource : class, IMessage<TResource>, IJobResource, new()
    where TEvent : class, IMessage<TEvent>, IJobEvent, new()
{
    private readonly ConcurrentDictionary<string, JobRecord> _records = new();
    private readonly ConcurrentDictionary<string, Job<TRequest, TResource, TEvent>> _live = new();
    private readonly Dictionary<string, JobRecord> _byRequestId = [];
    private readonly Lock _creating = new();
    private readonly CancellationToken _stopping;
    private readonly IJobRunner<TRequest, TResource, TEvent> _runner;
    private readonly JobStore<TRequest, TResource, TEvent> _store;
    private readonly JobOptions _options;
    private readonly WorkQueue _queue;
    private readonly ErrorMapper _errors;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    /// <summary>Opens the jobs' folder.</summary>
    public JobService(IJobRunner<TRequest, TResource, TEvent> runner, JobOptions options, WorkQueue queue, ErrorMapper errors, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<JobService<TRequest, TResource, TEvent>> logger)
    {
        (_runner, _options, _queue, _errors, _stopping, _time, _logger) = (runner, options, queue, errors, lifetime.ApplicationStopping, time, logger);
        _store = new(Path.Combine(options.Folder, runner.Collection));
        foreach (var record in _store.ReadRecords())
        {
            Remember(record);
        }
    }

    /// <summary>Queues a job, or returns the one that the same request made before.</summary>
    /// <exception cref="QueueFullException">As many requests wait as may wait.</exception>
    public async Task<TResource> CreateAsync(TRequest request, CancellationToken cancellationToken)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(request.ToByteArray()));
        if (FindRepeated(request.RequestId, hash) is { } first)
        {
            return first;
        }

        await _runner.ValidateAsync(request, cancellationToken);
        lock (_creating)
        {
            return FindRepeated(request.RequestId, hash) ?? CreateNew(request, hash);
        }
    }

    /// <summary>The job as it stands.</summary>
    public TResource Get(string name)
    {
        var id = FindRecord(name).Id;
        return _live.TryGetValue(id, out var job) ? job.Snapshot() : _store.ReadResource(id);
    }

    /// <summary>A page of jobs, newest first, and the token of the next page; an empty token after the last.</summary>
    public (IReadOnlyList<TResource> Page, string NextPageToken) List(int pageSize, string pageToken)
    {
        var size = pageSize == 0 ? 50 : pageSize;
        var ids = _records.Keys.Where(id => pageToken.Length == 0 || string.CompareOrdinal(id, pageToken) < 0).OrderByDescending(id => id, StringComparer.Ordinal).Take(size + 1).ToList();
        var page = ids.Take(size).Select(id => Get(NameOf(id))).ToList();
        page.ForEach(_runner.Summarize);
        return (page, ids.Count > size ? ids[size - 1] : "");
    }

    /// <summary>Stops a job and returns it once it has stopped. A finished job is returned as it is.</summary>
    public async Task<TResource> CancelAsync(string name, CancellationToken cancellationToken)
    {
        var id = FindRecord(name).Id;
        if (_live.TryGetValue(id, out var job))
        {
            await job.CancelAsync();
            await job.Completion.Task.WaitAsync(cancellationToken);
        }

        return Get(name);
    }

    /// <summary>The kept events after a number, then what happens, until the job has ended.</summary>
    public async IAsyncEnumerable<TEvent> WatchAsync(string name, long afterSequenceNumber, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var id = FindRecord(name).Id;
        if (_live.TryGetValue(id, out var job))
        {
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping);
            await foreach (var item in job.WatchAsync(afterSequenceNumber, _options.Heartbeat, linked.Token))
            {
                yield return item;
            }
        }
        else
        {
            foreach (var item in _store.ReadEvents(id).Where(e => e.SequenceNumber > afterSequenceNumber))
            {
                yield return item;
            }
        }
    }

    /// <summary>Queues again what a stop of the service left unfinished, in the old order.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var record in _records.Values.OrderBy(r => r.CreateTime).ThenBy(r => r.Id, StringComparer.Ordinal))
        {
            try
            {
                Reconcile(record);
            }
            catch (Exception e) when (e is IOException or InvalidProtocolBufferException)
            {
                _logger.Unreadable(e, record.Id);
                _records.TryRemove(record.Id, out _);
            }
        }

        return Task.CompletedTask;
    }

    /// <summary>Waits until the work has stopped at its next step; the jobs go on at the next start.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(_live.Values.Select(job => job.Completion.Task)).WaitAsync(cancellationToken);

    private void Reconcile(JobRecord record)
    {
        var resource = _store.ReadResource(record.Id);
        if (resource.State.IsTerminal())
        {
            using var log = _store.OpenEvents(record.Id, out var events);
            if (events.LastOrDefault()?.State != resource.State)
            {
                log.Append([new TEvent { SequenceNumber = events.Count + 1, EventTime = resource.EndTime, State = resource.State }]);
            }

            return;
        }

        var job = new Job<TRequest, TResource, TEvent>(_store, record.Id, _store.ReadRequest(record.Id), resource, _time);
        job.Update(r => _runner.Restore(r, job.Events));
        job.ChangeState(JobState.Queued);
        _logger.QueuedAgain(resource.Name);
        Start(record.Id, job, _queue.Enqueue(mayExceedCapacity: true));
    }

    private TResource CreateNew(TRequest request, string hash)
    {
        var ticket = _queue.Enqueue();
        try
        {
            var now = _time.GetUtcNow();
            var record = new JobRecord(Guid.CreateVersion7(now).ToString("N"), request.RequestId, hash, now);
            var resource = _runner.CreateResource(request);
            resource.Name = NameOf(record.Id);
            resource.State = JobState.Queued;
            resource.CreateTime = Timestamp.FromDateTimeOffset(now);
            _store.Create(record, request, resource);
            var job = OpenNew(record, request, resource);
            Remember(record);
            var created = job.Snapshot();
            Start(record.Id, job, ticket);
            return created;
        }
        catch
        {
            ticket.Dispose();
            throw;
        }
    }

    private Job<TRequest, TResource, TEvent> OpenNew(JobRecord record, TRequest request, TResource resource)
    {
        var job = new Job<TRequest, TResource, TEvent>(_store, record.Id, request, resource, _time);
        try
        {
            job.ChangeState(JobState.Queued);
            return job;
        }
        catch
        {
            // The caller hears of an error and asks again: what it was refused must not run after a restart.
            job.Dispose();
            _store.Delete(record.Id);
            throw;
        }
    }

    private void Start(string id, Job<TRequest, TResource, TEvent> job, WorkTicket ticket)
    {
        _live[id] = job;
        _ = Task.Run(async () =>
        {
            await RunToEndAsync(id, job, ticket);
            job.Completion.TrySetResult();
        });
    }

    private async Task RunToEndAsync(string id, Job<TRequest, TResource, TEvent> job, WorkTicket ticket)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(job.CancelRequested, _stopping);
        var name = NameOf(id);
        var start = _time.GetTimestamp();
        try
        {
            using (ticket)
            {
                await ticket.WaitAsync(position => job.Report(r => _runner.ReportQueuePosition(r, position)), linked.Token);
                job.ChangeState(JobState.Running);
                await _runner.RunAsync(job, linked.Token);
            }

            End(id, job, JobState.Succeeded, null);
        }
        catch (OperationCanceledException) when (job.CancelRequested.IsCancellationRequested)
        {
            End(id, job, JobState.Cancelled, RpcErrors.Status(Google.Rpc.Code.Cancelled, "CANCELLED_BY_CALLER", $"{name} was cancelled by a caller."));
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return;
        }
        catch (Exception e)
        {
            var error = _errors.ToStatus(e);
            _logger.Failed(e, name, error.Message);
            End(id, job, JobState.Failed, error);
        }

        var (state, seconds) = (job.State, _time.GetElapsedTime(start).TotalSeconds);
        _logger.Ended(name, state, seconds);
    }

    private void End(string id, Job<TRequest, TResource, TEvent> job, JobState state, Google.Rpc.Status? error)
    {
        try
        {
            job.ChangeState(state, error);
            _live.TryRemove(id, out _);
            job.Dispose();
        }
        catch (IOException e)
        {
            // Stays in memory as ended; the disk still has the unfinished job, which is the truth after a restart.
            _logger.EndNotWritten(e, NameOf(id));
        }
    }

    private TResource? FindRepeated(string requestId, string hash)
    {
        if (requestId.Length == 0)
        {
            return null;
        }

        JobRecord? record;
        lock (_byRequestId)
        {
            _byRequestId.TryGetValue(requestId, out record);
        }

        return record is null ? null
            : record.RequestHash == hash ? Get(NameOf(record.Id))
            : throw RpcErrors.AlreadyExists(_runner.Collection, NameOf(record.Id), $"request_id \"{requestId}\" belongs to another request, which made {NameOf(record.Id)}; use a new request_id.");
    }

    private void Remember(JobRecord record)
    {
        _records[record.Id] = record;
        if (record.RequestId.Length > 0)
        {
            lock (_byRequestId)
            {
                _byRequestId[record.RequestId] = record;
            }
        }
    }

    private JobRecord FindRecord(string name) =>
        name.StartsWith(_runner.Collection + "/", StringComparison.Ordinal) && _records.TryGetValue(name[(_runner.Collection.Length + 1)..], out var record)
            ? record
            : throw RpcErrors.NotFound(_runner.Collection, name, $"There is no {name} here.");

    private string NameOf(string id) => $"{_runner.Collection}/{id}";
}
