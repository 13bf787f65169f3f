using Gal.V1;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Gal.Hosting.Clients;

/// <summary>Client side: says of a service that does not answer which address it was and what to start; gives every job request an id, so that a retry cannot make two jobs.</summary>
internal sealed class UnavailableInterceptor(string address, string service) : Interceptor
{
    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
    {
        var call = continuation(StampRequestId(request), context);
        return new(ExplainAsync(call.ResponseAsync), ExplainAsync(call.ResponseHeadersAsync), call.GetStatus, call.GetTrailers, call.Dispose);
    }

    public override TResponse BlockingUnaryCall<TRequest, TResponse>(TRequest request, ClientInterceptorContext<TRequest, TResponse> context, BlockingUnaryCallContinuation<TRequest, TResponse> continuation)
    {
        try
        {
            return continuation(StampRequestId(request), context);
        }
        catch (RpcException e)
        {
            throw Explain(e);
        }
    }

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncServerStreamingCallContinuation<TRequest, TResponse> continuation)
    {
        var call = continuation(request, context);
        return new(new Reader<TResponse>(call.ResponseStream, Explain), ExplainAsync(call.ResponseHeadersAsync), call.GetStatus, call.GetTrailers, call.Dispose);
    }

    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(ClientInterceptorContext<TRequest, TResponse> context, AsyncClientStreamingCallContinuation<TRequest, TResponse> continuation)
    {
        var call = continuation(context);
        return new(call.RequestStream, ExplainAsync(call.ResponseAsync), ExplainAsync(call.ResponseHeadersAsync), call.GetStatus, call.GetTrailers, call.Dispose);
    }

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(ClientInterceptorContext<TRequest, TResponse> context, AsyncDuplexStreamingCallContinuation<TRequest, TResponse> continuation)
    {
        var call = continuation(context);
        return new(call.RequestStream, new Reader<TResponse>(call.ResponseStream, Explain), ExplainAsync(call.ResponseHeadersAsync), call.GetStatus, call.GetTrailers, call.Dispose);
    }

    private static TRequest StampRequestId<TRequest>(TRequest request)
    {
        if (request is not IJobRequest { RequestId.Length: 0 } || request is not IDeepCloneable<TRequest> original)
        {
            return request;
        }

        var stamped = original.Clone();
        ((IJobRequest)stamped!).RequestId = Guid.NewGuid().ToString("N");
        return stamped;
    }

    private async Task<T> ExplainAsync<T>(Task<T> response)
    {
        try
        {
            return await response;
        }
        catch (RpcException e)
        {
            throw Explain(e);
        }
    }

    // A status that the service itself sent has details; one that the channel made up has none.
    private RpcException Explain(RpcException e) =>
        e.StatusCode != StatusCode.Unavailable || e.GetRpcStatus() is not null
            ? e
            : new(new Status(StatusCode.Unavailable, $"No {service} service answers at {address}. Start it with \"gal serve {service}\", or correct the address.", e), e.Trailers);

    private sealed class Reader<T>(IAsyncStreamReader<T> inner, Func<RpcException, RpcException> explain) : IAsyncStreamReader<T>
    {
        public T Current => inner.Current;

        public async Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            try
            {
                return await inner.MoveNext(cancellationToken);
            }
            catch (RpcException e)
            {
                throw explain(e);
            }
        }
    }
}
