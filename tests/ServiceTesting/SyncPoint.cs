namespace Gal.Tests.Services;

/// <summary>A place where the code under test waits for the test: the code arrives, the test releases it.</summary>
internal sealed class SyncPoint
{
    private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Waits in the code under test, but not for ever: a test that fails does not release it.</summary>
    public async Task ReachAsync(CancellationToken cancellationToken)
    {
        _arrived.TrySetResult();
        await _released.Task.WaitAsync(cancellationToken).DefaultTimeout();
    }

    /// <summary>Waits in the test until the code is there.</summary>
    public Task ReachedAsync() => _arrived.Task.DefaultTimeout();

    public void Release() => _released.TrySetResult();
}
