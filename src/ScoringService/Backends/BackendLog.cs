namespace Gal.Scoring.Backends;

/// <summary>What the choice of a backend has to say.</summary>
internal static partial class BackendLog
{
    [LoggerMessage(EventId = 40, Level = LogLevel.Information, Message = "Scores on {Device}: {Kernels}.")]
    public static partial void ScoresOn(this ILogger logger, string device, string kernels);

    [LoggerMessage(EventId = 41, Level = LogLevel.Information, Message = "Scores on the processor. {Reason}")]
    public static partial void ScoresOnTheProcessor(this ILogger logger, string reason);

    [LoggerMessage(EventId = 42, Level = LogLevel.Warning, Message = "This call is scored on the processor: {Reason}")]
    public static partial void TooLargeForTheCard(this ILogger logger, string reason);

    [LoggerMessage(EventId = 43, Level = LogLevel.Error, Message = "Scores on the processor from now on: {Reason} Restart the service to use the card again.")]
    public static partial void CardLost(this ILogger logger, Exception exception, string reason);
}
