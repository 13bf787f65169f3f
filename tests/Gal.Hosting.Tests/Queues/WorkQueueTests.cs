using Gal.Hosting.Queues;
using Gal.Tests.Services;

namespace Gal.Hosting.Tests.Queues;

public sealed class WorkQueueTests
{
    [Fact]
    public async Task WaitAsync_ThreeInLine_EachHearsOfItsPositionsAndComesInTurn()
    {
        var queue = new WorkQueue(capacity: 2);
        var (first, second, third) = (queue.Enqueue(), queue.Enqueue(), queue.Enqueue());
        var told = new List<int>();
        await first.WaitAsync(null, CancellationToken.None).DefaultTimeout();
        var waiting = third.WaitAsync(told.Add, CancellationToken.None);

        second.Dispose();
        Assert.Equal(1, third.Position);
        Assert.False(waiting.IsCompleted);
        first.Dispose();
        await waiting.DefaultTimeout();

        Assert.Equal(0, third.Position);
        Assert.Equal(2, told[0]);
    }

    [Fact]
    public void Enqueue_BeyondCapacity_IsRefusedUntilOneLeaves()
    {
        var queue = new WorkQueue(capacity: 1);
        var (atWork, waiting) = (queue.Enqueue(), queue.Enqueue());

        Assert.Throws<QueueFullException>(() => queue.Enqueue());
        Assert.Equal(2, queue.Enqueue(mayExceedCapacity: true).Position);
        atWork.Dispose();
        waiting.Dispose();
        Assert.Equal(1, queue.Enqueue().Position);
    }

    [Fact]
    public async Task WaitAsync_Cancelled_ThrowsAndKeepsTheLineMoving()
    {
        var queue = new WorkQueue(capacity: 5);
        var (first, second, third) = (queue.Enqueue(), queue.Enqueue(), queue.Enqueue());
        using var cancellation = new CancellationTokenSource();
        var waiting = second.WaitAsync(null, cancellation.Token);

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        second.Dispose();
        first.Dispose();

        await third.WaitAsync(null, CancellationToken.None).DefaultTimeout();
    }
}
