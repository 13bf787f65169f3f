using Gal.Coordination.Events;
using Gal.Coordination.Runs;
using Gal.Coordination.Storage;
using Gal.V1;
using Google.Protobuf.WellKnownTypes;

namespace Gal.Coordination.Driving;

/// <summary>A run that this process drives: its state, the only way to add to its history, and what its watchers hear.</summary>
internal sealed class RunJournal(RunStore store, DrivenRun state, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly CancellationTokenSource _cancelRequested = new();
    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = NewSignal();
    private RunEvent? _progress;
    private long _progressVersion;

    /// <summary>The state after the last event.</summary>
    public DrivenRun State { get; private set; } = state;

    /// <summary>Whether it is its turn and work is under way.</summary>
    public bool IsWorking { get; set; }

    /// <summary>Fires when a caller wants the run stopped.</summary>
    public CancellationToken CancelRequested => _cancelRequested.Token;

    /// <summary>Ends when the driver has left the run, for whatever reason.</summary>
    public TaskCompletionSource Completion { get; } = NewSignal();

    /// <summary>Stores an event; when the task completes it is on disk, and only then in the state.</summary>
    public async Task AppendAsync(StoredEvent item)
    {
        // An event that is decided is stored: cancelling the work must not lose it.
        await _writing.WaitAsync(CancellationToken.None);
        try
        {
            State = State.Apply(await store.AppendAsync(State.Id, State.LastSequenceNumber + 1, item, CancellationToken.None));
        }
        finally
        {
            _writing.Release();
        }

        Signal(null);
    }

    /// <summary>Stores a warning unless the run has it already.</summary>
    public async Task WarnAsync(string reason, string message)
    {
        if (!State.Warnings.Contains((reason, message)))
        {
            await AppendAsync(new StoredEvent.WarningRaised(State.Method.Rounds.Count, reason, message));
        }
    }

    /// <summary>Tells watchers of progress, which is not kept: a slow watcher sees the latest alone.</summary>
    public void Report(RunEvent progress)
    {
        (progress.EventTime, progress.RoundNumber) = (Timestamp.FromDateTimeOffset(time.GetUtcNow()), State.Method.Rounds.Count);
        Signal(progress);
    }

    /// <summary>Stores the wish to stop, then stops the work.</summary>
    public async Task CancelAsync()
    {
        if (!State.CancelRequested && !State.HasEnded)
        {
            await AppendAsync(new StoredEvent.CancelRequested());
        }

        await _cancelRequested.CancelAsync();
    }

    /// <summary>What watchers look at: a task that ends at the next change, and the latest progress with its version.</summary>
    public (Task Changed, RunEvent? Progress, long Version) Look()
    {
        lock (_lock)
        {
            return (_changed.Task, _progress, _progressVersion);
        }
    }

    /// <summary>Marks the end of the driving and wakes the watchers.</summary>
    public void Complete()
    {
        Completion.TrySetResult();
        Signal(null);
    }

    public void Dispose()
    {
        _writing.Dispose();
        _cancelRequested.Dispose();
    }

    private void Signal(RunEvent? progress)
    {
        lock (_lock)
        {
            if (progress is not null)
            {
                _progress = progress;
                _progressVersion++;
            }

            _changed.TrySetResult();
            _changed = NewSignal();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
