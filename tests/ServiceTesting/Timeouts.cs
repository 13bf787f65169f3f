namespace Gal.Tests.Services;

/// <summary>No test waits for ever.</summary>
internal static class Timeouts
{
    // Far more than anything takes: a machine may do other work meanwhile, and a right program must not fail by that.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    public static Task<T> DefaultTimeout<T>(this Task<T> task) => task.WaitAsync(Limit);

    public static Task DefaultTimeout(this Task task) => task.WaitAsync(Limit);

    /// <summary>Looks until a condition holds.</summary>
    public static Task UntilAsync(Func<bool> holds) => UntilAsync(() => Task.FromResult(holds()));

    /// <inheritdoc cref="UntilAsync(Func{bool})"/>
    public static async Task UntilAsync(Func<Task<bool>> holds)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await holds().DefaultTimeout())
        {
            if (TimeProvider.System.GetElapsedTime(started) > Limit)
            {
                throw new TimeoutException($"What was waited for did not come about within {Limit.TotalSeconds} s.");
            }

            await Task.Delay(Pause);
        }
    }
}
