using System.Collections.Concurrent;

namespace Gal.Diffusion.Runtime;

/// <summary>
/// The one thread that owns all torch work of a process. Dispose scopes and no_grad belong to a thread, and two jobs at once on one device are slower than one
/// after the other; so everything runs here, in the order in which it came.
/// </summary>
public sealed class DeviceWorker : IAsyncDisposable
{
    // glibc makes at most eight arenas a core, and none once NativeTuning has spoken.
    private const int TriedThreadCount = 64;

    private readonly BlockingCollection<Action> _work = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread _thread;
    private readonly Lazy<string> _device;
    private int _isDisposed;

    /// <summary>Starts the thread; it sleeps until there is work.</summary>
    /// <param name="device">Where models compute; see <see cref="ComputeDevice.IsName"/>. Looked for at the first use.</param>
    /// <param name="name">The thread's name in a debugger.</param>
    public DeviceWorker(string device = ComputeDevice.Auto, string name = "torch")
    {
        NativeTuning.KeepFreedMemory();
        _device = new(() => ComputeDevice.Resolve(device));
        _thread = StartThread(name);
    }

    /// <summary>"cpu" or "cuda:N". Loads libtorch.</summary>
    /// <exception cref="TorchRuntimeException">The card that was asked for cannot be used.</exception>
    public string Device => _device.Value;

    /// <summary>Pieces of work that wait, the running one not counted.</summary>
    public int WaitingCount => _work.Count;

    /// <summary>Runs work on the device's thread. Work that is itself on that thread runs at once.</summary>
    /// <param name="work">Synchronous; looks at <paramref name="cancellationToken"/> itself once it has begun.</param>
    /// <param name="cancellationToken">Takes work that has not begun out of the queue.</param>
    /// <returns>The work's result, or its exception.</returns>
    /// <exception cref="ObjectDisposedException">The worker was disposed.</exception>
    public Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Thread.CurrentThread == _thread)
        {
            Complete(completion, work, cancellationToken);
        }
        else if (!TryQueue(() => Complete(completion, work, cancellationToken)))
        {
            return Task.FromException<T>(new ObjectDisposedException(nameof(DeviceWorker)));
        }
        return completion.Task;
    }

    /// <summary>Runs work without a result on the device's thread.</summary>
    /// <inheritdoc cref="RunAsync{T}"/>
    public Task RunAsync(Action work, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        return RunAsync(() => { work(); return true; }, cancellationToken);
    }

    /// <summary>Lets the running work end, cancels what waits, and ends the thread.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            await _stopping.CancelAsync();
            _work.CompleteAdding();
        }
        await _stopped.Task;
    }

    private bool TryQueue(Action work)
    {
        try
        {
            return _work.TryAdd(work);
        }
        catch (InvalidOperationException)
        {
            // CompleteAdding came first.
            return false;
        }
    }

    private void Complete<T>(TaskCompletionSource<T> completion, Func<T> work, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested || _stopping.IsCancellationRequested)
        {
            completion.TrySetCanceled(cancellationToken.IsCancellationRequested ? cancellationToken : _stopping.Token);
            return;
        }
        try
        {
            completion.TrySetResult(work());
        }
        catch (OperationCanceledException exception)
        {
            completion.TrySetCanceled(exception.CancellationToken);
        }
        catch (Exception exception)
        {
            // Whoever awaits gets it; the thread must go on.
            completion.TrySetException(exception);
        }
    }

    // A thread's arena is fixed at its first allocation, and new threads go through the arenas in turn: so threads are started until one has the main heap.
    // Those that have not live until then, since the next one would inherit a dead one's arena.
    private Thread StartThread(string name)
    {
        using var isFound = new ManualResetEventSlim();
        var rejected = new List<Thread>();
        while (true)
        {
            var isOnMainHeap = new TaskCompletionSource<bool>();
            var isLast = rejected.Count == TriedThreadCount;
            var thread = new Thread(() =>
            {
                var isRight = NativeTuning.IsOnMainHeap() || isLast;
                isOnMainHeap.SetResult(isRight);
                if (isRight)
                {
                    Loop();
                    return;
                }

                isFound.Wait();
            })
            { IsBackground = true, Name = name };
            thread.Start();
            if (isOnMainHeap.Task.GetAwaiter().GetResult())
            {
                isFound.Set();
                rejected.ForEach(other => other.Join());
                return thread;
            }

            rejected.Add(thread);
        }
    }

    private void Loop()
    {
        foreach (var work in _work.GetConsumingEnumerable())
        {
            work();
        }
        _work.Dispose();
        _stopping.Dispose();
        _stopped.TrySetResult();
    }
}
