namespace Gal.Tests.Services;

/// <summary>No test waits for ever.</summary>
internal static class Timeouts
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static Task<T> DefaultTimeout<T>(this Task<T> task) => task.WaitAsync(Limit);

    public static Task DefaultTimeout(this Task task) => task.WaitAsync(Limit);
}
