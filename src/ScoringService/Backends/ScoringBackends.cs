using Gal.Cuda;

namespace Gal.Scoring.Backends;

/// <summary>Chooses what to score on.</summary>
public static class ScoringBackends
{
    /// <summary>The card that the kernels run on, and CLIP with them.</summary>
    internal const int DeviceIndex = 0;

    /// <summary>The first card if there is one that takes the kernels, with the processor behind it; else the processor. Says which, and why, once in the log.</summary>
    /// <returns>The caller disposes it.</returns>
    public static IScoringBackend Create(ILoggerFactory loggers)
    {
        ArgumentNullException.ThrowIfNull(loggers);
        var logger = loggers.CreateLogger(typeof(ScoringBackends).FullName!);
        try
        {
            var card = new CudaScoringBackend(ScoringKernels.Open(DeviceIndex));
            logger.ScoresOn(card.Status.Device, card.Status.Kernels);
            return new FallbackScoringBackend(card, new CpuScoringBackend("The card stands before it."), loggers.CreateLogger<FallbackScoringBackend>());
        }
        catch (CudaUnavailableException e)
        {
            logger.ScoresOnTheProcessor(e.Message);
            return new CpuScoringBackend(e.Message);
        }
    }
}
