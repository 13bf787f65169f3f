using Gal.Cuda;
using Gal.Diffusion.Runtime;

namespace Gal.Scoring.Backends;

/// <summary>Chooses what to score on.</summary>
public static class ScoringBackends
{
    /// <summary>The card if there is one that takes the kernels, with the processor behind it; else the processor. Says which, and why, once in the log.</summary>
    /// <param name="loggers">Makes the log.</param>
    /// <param name="computeDevice">What the user wants: "auto" (the first card), "cpu", "cuda" or "cuda:N".</param>
    /// <returns>The caller disposes it.</returns>
    public static IScoringBackend Create(ILoggerFactory loggers, string computeDevice = ComputeDevice.Auto)
    {
        ArgumentNullException.ThrowIfNull(loggers);
        var logger = loggers.CreateLogger(typeof(ScoringBackends).FullName!);
        if (computeDevice == ComputeDevice.Cpu)
        {
            const string Reason = "ComputeDevice is cpu.";
            logger.ScoresOnTheProcessor(Reason);
            return new CpuScoringBackend(Reason);
        }

        try
        {
            var card = new CudaScoringBackend(ScoringKernels.Open(ComputeDevice.CardIndex(computeDevice) ?? 0));
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
