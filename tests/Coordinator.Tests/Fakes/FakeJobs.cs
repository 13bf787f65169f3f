using System.Collections.Concurrent;
using Gal.Hosting.Errors;
using Gal.Tests.Services;
using Gal.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Gal.Coordination.Tests.Fakes;

/// <summary>Jobs of a stand-in service, in memory: made once a request id, done at once unless they are held.</summary>
internal sealed class FakeJobs<TRequest, TResource, TEvent>(string collection, Func<TRequest, TResource> work)
    where TRequest : IMessage<TRequest>, IJobRequest
    where TResource : class, IMessage<TResource>, IJobResource, new()
    where TEvent : IMessage<TEvent>, IJobEvent, new()
{
    private readonly ConcurrentDictionary<string, Job> _jobs = new();
    private readonly Lock _creating = new();

    /// <summary>While set, new jobs stay at work until it is released or they are cancelled.</summary>
    public TaskCompletionSource? Hold { get; set; }

    /// <summary>Makes the next job fail with this error.</summary>
    public Google.Rpc.Status? FailNext { get; set; }

    /// <summary>The requests in the order in which they made jobs.</summary>
    public ConcurrentQueue<TRequest> Created { get; } = new();

    /// <summary>The state that each job is in.</summary>
    public IEnumerable<JobState> States => _jobs.Values.Select(j => j.Resource.State);

    /// <summary>Ends when a job has been made since the call.</summary>
    public Task WaitForCreationAsync(int count) => Timeouts.UntilAsync(() => Created.Count >= count);

    public TResource Create(TRequest request)
    {
        lock (_creating)
        {
            if (_jobs.Values.FirstOrDefault(j => j.RequestId == request.RequestId) is { } first)
            {
                return first.Request.Equals(request) ? first.Resource.Clone() : throw RpcErrors.AlreadyExists(collection, first.Resource.Name, "The same request_id, another request.");
            }

            var job = new Job(request.RequestId, request.Clone(), new TResource { Name = $"{collection}/{_jobs.Count + 1:D4}", State = JobState.Running });
            _jobs[job.Resource.Name] = job;
            Created.Enqueue(request.Clone());
            _ = RunAsync(job, Hold?.Task ?? Task.CompletedTask, FailNext);
            FailNext = null;
            return job.Resource.Clone();
        }
    }

    public TResource Get(string name) => Find(name).Resource.Clone();

    public async Task WatchAsync(string name, long after, IServerStreamWriter<TEvent> events, TEvent progress, CancellationToken cancellationToken)
    {
        var job = Find(name);
        if (!job.Resource.State.IsTerminal())
        {
            await events.WriteAsync(progress, cancellationToken);
        }

        await job.Ended.Task.WaitAsync(cancellationToken);
        if (after < 1)
        {
            await events.WriteAsync(new TEvent { SequenceNumber = 1, EventTime = new Timestamp(), State = job.Resource.State }, cancellationToken);
        }
    }

    public TResource Cancel(string name)
    {
        var job = Find(name);
        lock (job)
        {
            if (!job.Resource.State.IsTerminal())
            {
                job.Resource.State = JobState.Cancelled;
                job.Ended.TrySetResult();
            }
        }

        return job.Resource.Clone();
    }

    private async Task RunAsync(Job job, Task release, Google.Rpc.Status? failure)
    {
        await release;
        var result = work(job.Request);
        lock (job)
        {
            if (job.Resource.State.IsTerminal())
            {
                return;
            }

            result.Name = job.Resource.Name;
            result.State = failure is null ? JobState.Succeeded : JobState.Failed;
            if (failure is not null)
            {
                result.Error = failure;
            }

            job.Resource = result;
            job.Ended.TrySetResult();
        }
    }

    private Job Find(string name) => _jobs.TryGetValue(name, out var job) ? job : throw RpcErrors.NotFound(collection, name, $"There is no {name} here.");

    private sealed record Job(string RequestId, TRequest Request, TResource First)
    {
        public TResource Resource { get; set; } = First;

        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
