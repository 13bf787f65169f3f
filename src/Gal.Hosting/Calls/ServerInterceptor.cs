using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Gal.Hosting.Calls;

/// <summary>An interceptor that does the same around all four kinds of call.</summary>
internal abstract class ServerInterceptor : Interceptor
{
    /// <summary>Runs a call.</summary>
    /// <param name="context">The call.</param>
    /// <param name="traffic">Counts what the call receives and sends.</param>
    /// <param name="call">What comes after; null as a result where the call streams its answers.</param>
    protected abstract Task<T?> RunAsync<T>(ServerCallContext context, CallTraffic traffic, Func<Task<T?>> call)
        where T : class;

    /// <summary>Looks at a message before the service does.</summary>
    protected virtual void OnRequest<TRequest>(TRequest request, CallTraffic traffic)
    {
    }

    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        var traffic = new CallTraffic();
        return (await RunAsync<TResponse>(context, traffic, async () =>
        {
            OnRequest(request, traffic);
            var response = await continuation(request, context);
            traffic.Sent(response);
            return response;
        }))!;
    }

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        var traffic = new CallTraffic();
        return RunAsync<object>(context, traffic, async () =>
        {
            OnRequest(request, traffic);
            await continuation(request, new CountingWriter<TResponse>(responseStream, traffic), context);
            return null;
        });
    }

    public override async Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        var traffic = new CallTraffic();
        return (await RunAsync<TResponse>(context, traffic, async () =>
        {
            var response = await continuation(new InspectingReader<TRequest>(requestStream, r => OnRequest(r, traffic)), context);
            traffic.Sent(response);
            return response;
        }))!;
    }

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        var traffic = new CallTraffic();
        return RunAsync<object>(context, traffic, async () =>
        {
            await continuation(new InspectingReader<TRequest>(requestStream, r => OnRequest(r, traffic)), new CountingWriter<TResponse>(responseStream, traffic), context);
            return null;
        });
    }

    private sealed class InspectingReader<T>(IAsyncStreamReader<T> inner, Action<T> inspect) : IAsyncStreamReader<T>
    {
        public T Current => inner.Current;

        public async Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            var more = await inner.MoveNext(cancellationToken);
            if (more)
            {
                inspect(inner.Current);
            }

            return more;
        }
    }

    private sealed class CountingWriter<T>(IServerStreamWriter<T> inner, CallTraffic traffic) : IServerStreamWriter<T>
    {
        public WriteOptions? WriteOptions
        {
            get => inner.WriteOptions;
            set => inner.WriteOptions = value;
        }

        public Task WriteAsync(T message) => WriteAsync(message, CancellationToken.None);

        public Task WriteAsync(T message, CancellationToken cancellationToken)
        {
            traffic.Sent(message);
            return inner.WriteAsync(message, cancellationToken);
        }
    }
}
