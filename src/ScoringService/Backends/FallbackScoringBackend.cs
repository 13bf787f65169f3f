using Gal.ActiveLearning.Directions;
using Gal.Cuda;

namespace Gal.Scoring.Backends;

/// <summary>Scores on the card as long as it works. What is too large for its memory is scored on the processor; once the card is lost, everything is.</summary>
/// <param name="card">Disposed with this.</param>
/// <param name="processor">Disposed with this.</param>
/// <param name="logger">Told each time that the processor steps in.</param>
public sealed class FallbackScoringBackend(IScoringBackend card, IScoringBackend processor, ILogger<FallbackScoringBackend> logger) : IScoringBackend
{
    private volatile string? _lost;

    /// <inheritdoc/>
    public BackendStatus Status => _lost is { } reason ? processor.Status with { WhyNotCuda = reason } : card.Status;

    /// <inheritdoc/>
    public void ComputeSimilarities(EmbeddingRows rows, EmbeddingRows columns, Memory<float> similarities) => Run(backend =>
    {
        backend.ComputeSimilarities(rows, columns, similarities);
        return true;
    });

    /// <inheritdoc/>
    public RoundJudgement EvaluateDirections(RoundEmbeddings round, double opennessFactor) => Run(backend => backend.EvaluateDirections(round, opennessFactor));

    /// <inheritdoc/>
    public void Dispose()
    {
        card.Dispose();
        processor.Dispose();
    }

    private T Run<T>(Func<IScoringBackend, T> work)
    {
        if (_lost is null)
        {
            try
            {
                return work(card);
            }
            catch (ScoringBackendException e) when (e.InnerException is CudaDeviceException { IsOutOfMemory: true })
            {
                logger.TooLargeForTheCard(e.Message);
            }
            catch (ScoringBackendException e)
            {
                _lost = $"{e.Message} Restart the service to use the card again.";
                logger.CardLost(e, e.Message);
            }
        }

        return work(processor);
    }
}
