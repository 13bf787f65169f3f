using Gal.V1;
using Grpc.Core;

namespace Gal.Coordination.Services;

/// <summary>The four calls that every kind of job has; their options send all calls of a job to the same replica.</summary>
/// <param name="Create">Asks for a job, or for the one that the same request made before.</param>
/// <param name="Get">Reads it.</param>
/// <param name="Watch">Streams its events after a number.</param>
/// <param name="Cancel">Stops it.</param>
internal sealed record JobCalls<TRequest, TResource, TEvent>(
    Func<TRequest, CallOptions, AsyncUnaryCall<TResource>> Create,
    Func<string, CallOptions, AsyncUnaryCall<TResource>> Get,
    Func<string, long, CallOptions, AsyncServerStreamingCall<TEvent>> Watch,
    Func<string, CallOptions, AsyncUnaryCall<TResource>> Cancel)
    where TRequest : IJobRequest
    where TResource : IJobResource
    where TEvent : IJobEvent;
