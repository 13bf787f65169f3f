using Gal.Coordination.Events;

namespace Gal.Coordination.Driving;

internal static partial class RunSchedulerLog
{
    [LoggerMessage(EventId = 300, Level = LogLevel.Information, Message = "runs/{Id} goes on: the coordinator stopped before it was done.")]
    public static partial void GoesOn(this ILogger logger, string id);

    [LoggerMessage(EventId = 301, Level = LogLevel.Information, Message = "{Name} ended as {Phase}.")]
    public static partial void Ended(this ILogger logger, string name, RunPhase phase);

    [LoggerMessage(EventId = 302, Level = LogLevel.Warning, Message = "{Name} failed: {Reason}")]
    public static partial void Failed(this ILogger logger, Exception exception, string name, string reason);

    [LoggerMessage(EventId = 303, Level = LogLevel.Information, Message = "{Name} is left for the next start of the coordinator.")]
    public static partial void LeftForLater(this ILogger logger, string name);

    [LoggerMessage(EventId = 304, Level = LogLevel.Error, Message = "The history of {Name} could not be written, so its work has stopped; resume it or restart the coordinator. Free space on the disk of the state folder.")]
    public static partial void HistoryNotWritten(this ILogger logger, Exception exception, string name);
}
