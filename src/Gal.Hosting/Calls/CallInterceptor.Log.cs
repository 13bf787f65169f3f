using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Gal.Hosting.Calls;

internal static partial class CallInterceptorLog
{
    [LoggerMessage(EventId = 100, Level = LogLevel.Information, Message = "{Method} ended as {Status} after {ElapsedMilliseconds:F1} ms; received {ReceivedCount} messages of {ReceivedBytes} bytes, sent {SentCount} of {SentBytes} bytes.")]
    public static partial void CallEnded(this ILogger logger, string method, StatusCode status, double elapsedMilliseconds, long receivedCount, long receivedBytes, long sentCount, long sentBytes);

    [LoggerMessage(EventId = 101, Level = LogLevel.Error, Message = "{Method} failed in a way that nobody foresaw.")]
    public static partial void CallBroke(this ILogger logger, Exception exception, string method);
}
