namespace Gal.Hosting.Queues;

/// <summary>A place in a <see cref="WorkQueue"/>.</summary>
public sealed class WorkTicket : IDisposable
{
    private readonly WorkQueue _queue;
    private TaskCompletionSource _moved = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile int _position = int.MaxValue;

    internal WorkTicket(WorkQueue queue) => _queue = queue;

    /// <summary>Requests ahead of this one; 0 once it is its turn.</summary>
    public int Position => _position;

    /// <summary>Waits for the turn.</summary>
    /// <param name="moved">Told of every new position but 0.</param>
    /// <param name="cancellationToken">Gives up waiting; the place is kept until the ticket is disposed.</param>
    public async Task WaitAsync(Action<int>? moved, CancellationToken cancellationToken)
    {
        var told = 0;
        while (true)
        {
            var change = Volatile.Read(ref _moved).Task;
            var position = Position;
            if (position == 0)
            {
                return;
            }

            if (position != told)
            {
                moved?.Invoke(told = position);
            }

            await change.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Leaves the line, so that the next one moves up.</summary>
    public void Dispose() => _queue.Leave(this);

    internal void MoveTo(int position)
    {
        _position = position;
        Interlocked.Exchange(ref _moved, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }
}
