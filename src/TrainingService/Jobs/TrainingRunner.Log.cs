namespace Gal.Training.Jobs;

internal static partial class TrainingRunnerLog
{
    [LoggerMessage(EventId = 300, Level = LogLevel.Warning, Message = "The state after step {Step} cannot be read; going on from the one before.")]
    public static partial void StateUnreadable(this ILogger logger, Exception exception, int step);
}
