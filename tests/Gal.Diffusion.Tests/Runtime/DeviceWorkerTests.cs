using Gal.Diffusion.Runtime;

namespace Gal.Diffusion.Tests.Runtime;

public sealed class DeviceWorkerTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task RunAsync_ManyCallers_RunsOnOneThreadInOrder()
    {
        await using var worker = new DeviceWorker();
        var order = new List<int>();
        var threads = new HashSet<int>();
        var tasks = Enumerable.Range(0, 100).Select(i => worker.RunAsync(() =>
        {
            order.Add(i);
            threads.Add(Environment.CurrentManagedThreadId);
        })).ToList();
        await Task.WhenAll(tasks).WaitAsync(Timeout);
        Assert.Equal(Enumerable.Range(0, 100), order);
        Assert.Single(threads);
    }

    [Fact]
    public async Task RunAsync_AnyWorker_AllocatesFromTheMainHeap()
    {
        await using var worker = new DeviceWorker();
        Assert.True(await worker.RunAsync(NativeTuning.IsOnMainHeap).WaitAsync(Timeout));
    }

    [Fact]
    public async Task RunAsync_WorkThrows_CallerGetsItAndTheWorkerGoesOn()
    {
        await using var worker = new DeviceWorker();
        var failure = await Assert.ThrowsAsync<InvalidDataException>(() => worker.RunAsync<int>(() => throw new InvalidDataException("planted")).WaitAsync(Timeout));
        Assert.Equal("planted", failure.Message);
        Assert.Equal(5, await worker.RunAsync(() => 5).WaitAsync(Timeout));
    }

    [Fact]
    public async Task RunAsync_CancelledWhileWaiting_NeverBegins()
    {
        await using var worker = new DeviceWorker();
        using var cancellation = new CancellationTokenSource();
        using var gate = new ManualResetEventSlim();
        var running = worker.RunAsync(gate.Wait);
        var hasBegun = false;
        var waiting = worker.RunAsync(() => hasBegun = true, cancellation.Token);
        await cancellation.CancelAsync();
        gate.Set();
        await running.WaitAsync(Timeout);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Timeout));
        Assert.False(hasBegun);
    }

    [Fact]
    public async Task RunAsync_FromTheWorkerItself_RunsAtOnce()
    {
        await using var worker = new DeviceWorker();
        var inner = await worker.RunAsync(() => worker.RunAsync(() => 7).Result).WaitAsync(Timeout);
        Assert.Equal(7, inner);
    }

    [Fact]
    public async Task DisposeAsync_WorkWaits_CancelsItAndRefusesMore()
    {
        var worker = new DeviceWorker();
        using var gate = new ManualResetEventSlim();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = worker.RunAsync(() =>
        {
            begun.SetResult();
            gate.Wait();
        });
        await begun.Task.WaitAsync(Timeout);
        var waiting = worker.RunAsync(() => 1);
        var disposing = worker.DisposeAsync().AsTask();
        gate.Set();
        await disposing.WaitAsync(Timeout);
        Assert.True(running.IsCompletedSuccessfully);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Timeout));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => worker.RunAsync(() => 2));
    }
}
