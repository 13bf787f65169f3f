using Google.Rpc;
using Grpc.Core;

namespace Gal.Coordination.Services;

/// <summary>Waits for a service that does not answer or has no room: UNAVAILABLE is tried again with growing pauses for a bounded time, a full queue for as long as it is full.</summary>
/// <param name="limit">How long a service may be silent.</param>
/// <param name="time">The clock.</param>
/// <param name="waiting">Told once each time a service falls silent.</param>
internal sealed class Patience(TimeSpan limit, TimeProvider time, Func<RpcException, Task> waiting)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>Calls until an answer comes. The call must be safe to repeat.</summary>
    /// <exception cref="RpcException">Any error but those waited for; UNAVAILABLE when the limit has passed.</exception>
    public async Task<T> CallAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken)
    {
        long? silentSince = null;
        for (var pause = FirstPause; ; pause = Longer(pause))
        {
            try
            {
                return await call();
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.ResourceExhausted && RetryDelay(e) is { } delay)
            {
                await Task.Delay(delay, time, cancellationToken);
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (silentSince is null)
                {
                    silentSince = time.GetTimestamp();
                    await waiting(e);
                }

                if (time.GetElapsedTime(silentSince.Value) >= limit)
                {
                    throw;
                }

                await Task.Delay(pause, time, cancellationToken);
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.Cancelled && cancellationToken.IsCancellationRequested)
            {
                throw new OperationCanceledException(e.Message, e, cancellationToken);
            }
        }
    }

    private static TimeSpan Longer(TimeSpan pause) => pause * 2 < LongestPause ? pause * 2 : LongestPause;

    private static TimeSpan? RetryDelay(RpcException e) => e.GetRpcStatus()?.GetDetail<RetryInfo>()?.RetryDelay?.ToTimeSpan();
}
