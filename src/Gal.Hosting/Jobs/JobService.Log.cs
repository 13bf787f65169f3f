using Microsoft.Extensions.Logging;

namespace Gal.Hosting.Jobs;

internal static partial class JobServiceLog
{
    [LoggerMessage(EventId = 200, Level = LogLevel.Information, Message = "{Name} is queued again: the service stopped before it was done.")]
    public static partial void QueuedAgain(this ILogger logger, string name);

    [LoggerMessage(EventId = 201, Level = LogLevel.Information, Message = "{Name} ended as {State} after {ElapsedSeconds:F1} s.")]
    public static partial void Ended(this ILogger logger, string name, Gal.V1.JobState state, double elapsedSeconds);

    [LoggerMessage(EventId = 202, Level = LogLevel.Warning, Message = "{Name} failed: {Reason}")]
    public static partial void Failed(this ILogger logger, Exception exception, string name, string reason);

    [LoggerMessage(EventId = 203, Level = LogLevel.Error, Message = "The end of {Name} could not be written; after a restart it is queued again. Free space on the disk of the state folder.")]
    public static partial void EndNotWritten(this ILogger logger, Exception exception, string name);

    [LoggerMessage(EventId = 204, Level = LogLevel.Error, Message = "The job in folder {Id} cannot be read and is left out.")]
    public static partial void Unreadable(this ILogger logger, Exception exception, string id);
}
