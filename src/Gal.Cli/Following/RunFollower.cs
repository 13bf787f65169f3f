using System.Runtime.CompilerServices;
using Gal.V1;
using Grpc.Core;

namespace Gal.Cli.Following;

/// <summary>Reads a run's events; comes back where it was if the connection breaks.</summary>
/// <param name="client">The coordinator.</param>
/// <param name="time">Waits between two tries.</param>
internal sealed class RunFollower(CoordinatorService.CoordinatorServiceClient client, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private const int MaxTries = 30;

    /// <summary>The events after a number, until the run's state is terminal.</summary>
    /// <exception cref="RpcException">The coordinator is gone for 30 seconds, or refuses.</exception>
    public async IAsyncEnumerable<RunEvent> EventsAsync(string run, long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var tries = 0; ; tries++)
        {
            using var call = client.WatchRun(new WatchRunRequest { Name = run, AfterSequenceNumber = after }, cancellationToken: cancellationToken);
            var ended = false;
            while (true)
            {
                try
                {
                    if (!await call.ResponseStream.MoveNext(cancellationToken))
                    {
                        ended = true;
                        break;
                    }
                }
                catch (RpcException exception) when (exception.StatusCode == StatusCode.Unavailable && tries < MaxTries)
                {
                    break;
                }
                tries = 0;
                after = Math.Max(after, call.ResponseStream.Current.SequenceNumber);
                yield return call.ResponseStream.Current;
            }
            if (ended)
            {
                yield break;
            }
            await Task.Delay(Pause, time, cancellationToken);
        }
    }
}
