using Gal.Hosting.Errors;
using Gal.Hosting.Validation;
using Grpc.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gal.Hosting.Calls;

/// <summary>Around every call: checks its messages against the proto's rules, turns exceptions into statuses, and writes one line to the log.</summary>
internal sealed class CallInterceptor(RequestValidator validator, ErrorMapper errors, ServiceHostOptions options, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<CallInterceptor> logger) : ServerInterceptor
{
    // A caller counts its deadline from before it sends the call, so it often leaves a moment before the deadline as it is counted here.
    private static readonly TimeSpan DeadlineSlack = TimeSpan.FromMilliseconds(100);

    protected override void OnRequest<TRequest>(TRequest request, CallTraffic traffic)
    {
        traffic.Received(request);
        validator.Check(request);
    }

    protected override async Task<T?> RunAsync<T>(ServerCallContext context, CallTraffic traffic, Func<Task<T?>> call)
        where T : class
    {
        var start = time.GetTimestamp();
        var status = StatusCode.OK;
        try
        {
            return await call();
        }
        catch (Exception e)
        {
            var error = ToRpcException(e, context);
            status = error.StatusCode;
            if (status is StatusCode.Internal or StatusCode.Unknown)
            {
                logger.CallBroke(e, context.Method);
            }

            throw error;
        }
        finally
        {
            var milliseconds = time.GetElapsedTime(start).TotalMilliseconds;
            logger.CallEnded(context.Method, status, milliseconds, traffic.ReceivedCount, traffic.ReceivedBytes, traffic.SentCount, traffic.SentBytes);
        }
    }

    private RpcException ToRpcException(Exception e, ServerCallContext context) => e switch
    {
        _ when context.CancellationToken.IsCancellationRequested && IsEndOfCall(e) => context.Deadline - time.GetUtcNow().UtcDateTime <= DeadlineSlack
            ? RpcErrors.Status(Google.Rpc.Code.DeadlineExceeded, "DEADLINE_EXCEEDED", "The call's deadline passed; the work on it has stopped.").ToRpcException()
            : RpcErrors.Status(Google.Rpc.Code.Cancelled, "CANCELLED_BY_CALLER", "The caller left; the work on its call has stopped.").ToRpcException(),
        OperationCanceledException when lifetime.ApplicationStopping.IsCancellationRequested =>
            RpcErrors.Unavailable("STOPPING", "The service is stopping; try again when it is back.", TimeSpan.FromSeconds(2)).ToRpcException(),
        RpcException { StatusCode: StatusCode.ResourceExhausted } rpc when rpc.Status.Detail.Contains("maximum configured message size", StringComparison.Ordinal) =>
            RpcErrors.MessageTooLarge(null, options.MessageSizeBytes, "Send fewer or smaller items in one message.").ToRpcException(),
        _ => errors.ToStatus(e).ToRpcException(),
    };

    // Once the caller has left, reads and writes fail in several ways.
    private static bool IsEndOfCall(Exception e) => e is OperationCanceledException or IOException or InvalidOperationException or RpcException { StatusCode: StatusCode.Cancelled };
}
