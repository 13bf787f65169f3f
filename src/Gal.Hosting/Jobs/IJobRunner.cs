using Gal.V1;
using Google.Protobuf;

namespace Gal.Hosting.Jobs;

/// <summary>What one kind of job does; <see cref="JobService{TRequest, TResource, TEvent}"/> does the rest: queue, storage, events, restarts.</summary>
public interface IJobRunner<TRequest, TResource, TEvent>
    where TRequest : class, IMessage<TRequest>, IJobRequest, new()
    where TResource : class, IMessage<TResource>, IJobResource, new()
    where TEvent : class, IMessage<TEvent>, IJobEvent, new()
{
    /// <summary>The first part of the resources' names: "trainings".</summary>
    string Collection { get; }

    /// <summary>Refuses what the message's own rules cannot see: an unknown model, an absent artifact.</summary>
    Task ValidateAsync(TRequest request, CancellationToken cancellationToken);

    /// <summary>The resource at its start: totals filled in, nothing done.</summary>
    TResource CreateResource(TRequest request);

    /// <summary>Puts what the kept events say into the resource, after a restart.</summary>
    void Restore(TResource resource, IReadOnlyList<TEvent> events);

    /// <summary>Puts a place in the line into the resource and makes the event that tells of it.</summary>
    TEvent ReportQueuePosition(TResource resource, int position);

    /// <summary>Leaves out what a list should not carry.</summary>
    void Summarize(TResource resource);

    /// <summary>Does the work, or the rest of it after a restart. Returns when it is done; throws what failed.</summary>
    Task RunAsync(Job<TRequest, TResource, TEvent> job, CancellationToken cancellationToken);
}
