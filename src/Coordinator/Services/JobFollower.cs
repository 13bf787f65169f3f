using Gal.Coordination.Driving;
using Gal.Hosting.Clients;
using Gal.V1;
using Grpc.Core;

namespace Gal.Coordination.Services;

/// <summary>Sees one job of a service through to its end: asks for it under an id that a restart asks for again, watches it, reconnects, and stops it if the run is stopped.</summary>
internal sealed class JobFollower<TRequest, TResource, TEvent>(JobCalls<TRequest, TResource, TEvent> calls, RunJournal journal, Patience patience, Action<TEvent> heard, TimeProvider time, CancellationToken stopping)
    where TRequest : IJobRequest
    where TResource : IJobResource
    where TEvent : IJobEvent
{
    // One step of a large model on a slow machine.
    private static readonly TimeSpan CancelTimeout = TimeSpan.FromSeconds(45);
    private static readonly TimeSpan ReconnectPause = TimeSpan.FromMilliseconds(200);

    /// <summary>Returns the job once it has succeeded.</summary>
    /// <param name="requestId">What the job is for; the same for the same work of the same run.</param>
    /// <param name="request">The request; its id is set here.</param>
    /// <param name="cancellationToken">Stops the job if the run is stopped; leaves it at work if the process ends.</param>
    /// <exception cref="RpcException">The job's own error.</exception>
    public async Task<TResource> FollowAsync(string requestId, TRequest request, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            request.RequestId = $"{requestId}.{attempt}";
            var job = await CreateAsync(request, cancellationToken);

            // Each resumption of the run allows one more job where the one before has failed or was cancelled.
            if (job.State is JobState.Failed or JobState.Cancelled && attempt < journal.State.ResumeCount)
            {
                continue;
            }

            try
            {
                journal.CancelRequested.ThrowIfCancellationRequested();
                job = await WatchToEndAsync(request, job, cancellationToken);
            }
            catch (OperationCanceledException) when (journal.CancelRequested.IsCancellationRequested)
            {
                await CancelAsync(request, job.Name);
                throw;
            }

            foreach (var warning in job.Warnings)
            {
                await journal.WarnAsync(warning.Reason, warning.Message);
            }

            return job.State == JobState.Succeeded ? job : throw ErrorOf(job);
        }
    }

    // Not stopped by a wish to cancel: the answer is needed to know which job to stop.
    private Task<TResource> CreateAsync(TRequest request, CancellationToken cancellationToken) =>
        patience.CallAsync(async () => await calls.Create(request, Options(request, stopping)), cancellationToken);

    private async Task<TResource> WatchToEndAsync(TRequest request, TResource job, CancellationToken cancellationToken)
    {
        var sequenceNumber = 0L;
        while (!job.State.IsTerminal())
        {
            try
            {
                using var stream = calls.Watch(job.Name, sequenceNumber, Options(request, cancellationToken));
                await foreach (var item in stream.ResponseStream.ReadAllAsync(cancellationToken))
                {
                    sequenceNumber = Math.Max(sequenceNumber, item.SequenceNumber);
                    heard(item);
                }
            }
            catch (RpcException)
            {
                // A stream breaks in many ways when its service ends; what became of the job, the next call says.
                cancellationToken.ThrowIfCancellationRequested();
                await Task.Delay(ReconnectPause, time, cancellationToken);
            }

            job = await GetAsync(request, job.Name, cancellationToken);
        }

        return job;
    }

    private async Task<TResource> GetAsync(TRequest request, string name, CancellationToken cancellationToken)
    {
        try
        {
            return await patience.CallAsync(async () => await calls.Get(name, Options(request, cancellationToken)), cancellationToken);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.NotFound)
        {
            // The service came back without its state, or its replica is gone: the same request starts the work anew.
            return await CreateAsync(request, cancellationToken);
        }
    }

    private async Task CancelAsync(TRequest request, string name)
    {
        using var timeout = new CancellationTokenSource(CancelTimeout, time);
        try
        {
            await calls.Cancel(name, Options(request, timeout.Token));
        }
        catch (RpcException e)
        {
            await journal.WarnAsync("JOB_NOT_CANCELLED", $"{name} could not be stopped and may still be at work: {e.Status.Detail}");
        }
    }

    // Another replica does not know the job.
    private static CallOptions Options(TRequest request, CancellationToken cancellationToken) => StickyCalls.Options(request.RequestId, cancellationToken);

    private static RpcException ErrorOf(TResource job) =>
        (job.Error ?? Hosting.Errors.RpcErrors.Status(Google.Rpc.Code.Internal, "JOB_WITHOUT_ERROR", $"{job.Name} ended as {job.State} and does not say why.")).ToRpcException();
}
