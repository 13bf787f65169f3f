using Gal.V1;
using Grpc.Core;

namespace Gal.Coordination.Services;

/// <summary>The four calls that every kind of job has.</summary>
/// <param name="Create">Asks for a job, or for the one that the same request made before.</param>
/// <param name="Get">Reads it.</param>
/// <param name="Watch">Streams its events after a number.</param>
/// <param name="Cancel">Stops it.</param>
internal sealed record JobCalls<TRequest, TResource, TEvent>(
    Func<TRequest, CancellationToken, AsyncUnaryCall<TResource>> Create,
    Func<string, CancellationToken, AsyncUnaryCall<TResource>> Get,
    Func<string, long, CancellationToken, AsyncServerStreamingCall<TEvent>> Watch,
    Func<string, CancellationToken, AsyncUnaryCall<TResource>> Cancel)
    where TRequest : IJobRequest
    where TResource : IJobResource
    where TEvent : IJobEvent;
