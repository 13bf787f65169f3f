using System.Runtime.CompilerServices;
using Gal.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Gal.Hosting.Jobs;

/// <summary>A job that is queued or at work: its resource in memory and on disk, and its events for any number of watchers.</summary>
public sealed class Job<TRequest, TResource, TEvent> : IDisposable
    where TRequest : class, IMessage<TRequest>, IJobRequest, new()
    where TResource : class, IMessage<TResource>, IJobResource, new()
    where TEvent : class, IMessage<TEvent>, IJobEvent, new()
{
    private readonly JobStore<TRequest, TResource, TEvent> _store;
    private readonly TimeProvider _time;
    private readonly string _id;
    private readonly Lock _lock = new();
    private readonly TResource _resource;
    private readonly EventLog<TEvent> _log;
    private readonly List<TEvent> _events;
    private readonly CancellationTokenSource _cancelRequested = new();
    private TEvent? _progress;
    private long _progressVersion;
    private TaskCompletionSource _changed = NewSignal();

    internal Job(JobStore<TRequest, TResource, TEvent> store, string id, TRequest request, TResource resource, TimeProvider time)
    {
        (_store, _id, Request, _resource, _time) = (store, id, request, resource, time);
        _log = store.OpenEvents(id, out _events);
    }

    /// <summary>What was asked for.</summary>
    public TRequest Request { get; }

    /// <summary>The kept events so far.</summary>
    public IReadOnlyList<TEvent> Events
    {
        get
        {
            lock (_lock)
            {
                return [.. _events];
            }
        }
    }

    /// <summary>A folder for the runner's own files, such as saved states. It lives as long as the job.</summary>
    public string WorkFolder => Directory.CreateDirectory(_store.WorkFolder(_id)).FullName;

    internal JobState State
    {
        get
        {
            lock (_lock)
            {
                return _resource.State;
            }
        }
    }

    /// <summary>Whether a caller wants the job stopped for good; a service that stops goes on with it later.</summary>
    public bool IsCancelRequested => _cancelRequested.IsCancellationRequested;

    internal CancellationToken CancelRequested => _cancelRequested.Token;

    /// <summary>Ends when the runner has left the job, for whatever reason.</summary>
    internal TaskCompletionSource Completion { get; } = NewSignal();

    /// <summary>A copy of the resource as it stands.</summary>
    public TResource Snapshot()
    {
        lock (_lock)
        {
            return _resource.Clone();
        }
    }

    /// <summary>Changes the resource in memory. <see cref="Save"/> and <see cref="Append"/> make it durable.</summary>
    public void Update(Action<TResource> change)
    {
        lock (_lock)
        {
            change(_resource);
        }
    }

    /// <summary>Tells watchers of progress, which is not kept: a slow watcher sees the latest alone.</summary>
    /// <param name="report">Changes the resource and makes the event.</param>
    public void Report(Func<TResource, TEvent> report)
    {
        lock (_lock)
        {
            _progress = report(_resource);
            _progress.EventTime = Now();
            _progressVersion++;
            Signal();
        }
    }

    /// <summary>Numbers the events, waits until the disk has them, and tells watchers.</summary>
    /// <exception cref="IOException">The disk is full; none of the events has happened.</exception>
    public void Append(IReadOnlyList<TEvent> events, Action<TResource>? change = null)
    {
        lock (_lock)
        {
            for (var i = 0; i < events.Count; i++)
            {
                events[i].SequenceNumber = _events.Count + 1 + i;
                events[i].EventTime = Now();
            }

            _log.Append(events);
            _events.AddRange(events);
            change?.Invoke(_resource);
            Signal();
        }
    }

    /// <summary>Adds a warning to the resource and the events, once.</summary>
    public void Warn(Warning warning)
    {
        lock (_lock)
        {
            if (!_resource.Warnings.Contains(warning))
            {
                Append([new TEvent { Warning = warning }], resource => resource.Warnings.Add(warning));
            }
        }
    }

    /// <summary>Writes the resource as it stands to disk.</summary>
    /// <param name="strip">Leaves out what the events say as well, so that a long job does not write all of it again and again.</param>
    public void Save(Action<TResource>? strip = null)
    {
        lock (_lock)
        {
            var saved = strip is null ? _resource : _resource.Clone();
            strip?.Invoke(saved);
            _store.WriteResource(_id, saved);
        }
    }

    /// <summary>Frees the event file. Watchers that still read keep what is in memory.</summary>
    public void Dispose() => _log.Dispose();

    internal Task CancelAsync() => _cancelRequested.CancelAsync();

    internal void ChangeState(JobState state, Google.Rpc.Status? error = null)
    {
        lock (_lock)
        {
            _resource.State = state;
            _resource.Error = error!;
            _resource.EndTime = state.IsTerminal() ? Now() : null!;
            try
            {
                // The resource before the event: a restart in between finds the state and adds the event.
                Save();
                Append([new TEvent { State = state }]);
            }
            catch (IOException)
            {
                _events.Add(new TEvent { SequenceNumber = _events.Count + 1, EventTime = Now(), State = state });
                Signal();
                throw;
            }
        }
    }

    internal async IAsyncEnumerable<TEvent> WatchAsync(long afterSequenceNumber, TimeSpan heartbeat, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var sent = afterSequenceNumber;
        var progressSeen = Volatile.Read(ref _progressVersion);
        while (true)
        {
            var (changed, next, progress, version, ended) = Look(sent, progressSeen);
            if (next is not null)
            {
                sent = next.SequenceNumber;
                yield return next;
            }
            else if (progress is not null)
            {
                progressSeen = version;
                yield return progress;
            }
            else if (ended)
            {
                yield break;
            }
            else if (!await ChangesWithinAsync(changed, heartbeat, cancellationToken))
            {
                // Proxies cut streams that are silent for long: say again what was said last.
                progressSeen--;
            }
        }
    }

    private (Task Changed, TEvent? Next, TEvent? Progress, long Version, bool Ended) Look(long sent, long progressSeen)
    {
        lock (_lock)
        {
            var next = sent < _events.Count ? _events[(int)sent] : null;
            var progress = _progressVersion != progressSeen ? _progress : null;
            return (_changed.Task, next, progress, _progressVersion, _resource.State.IsTerminal());
        }
    }

    private async Task<bool> ChangesWithinAsync(Task changed, TimeSpan heartbeat, CancellationToken cancellationToken)
    {
        try
        {
            await changed.WaitAsync(heartbeat, _time, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private void Signal()
    {
        _changed.TrySetResult();
        _changed = NewSignal();
    }

    private Timestamp Now() => Timestamp.FromDateTimeOffset(_time.GetUtcNow());

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
