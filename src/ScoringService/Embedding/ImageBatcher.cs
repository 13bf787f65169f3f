using System.Threading.Channels;
using Gal.Hosting.Queues;
using Gal.Imaging;

namespace Gal.Scoring.Embedding;

/// <summary>Puts the pictures of concurrent callers through CLIP together. While one batch is at work the next one gathers; nobody waits for company when the model is idle.</summary>
/// <remarks>A caller's pictures are cut into batches by position, and only what is left over is put together with others': a caller who is alone gets the same bits each time.</remarks>
internal sealed class ImageBatcher(IClipEncoder encoder, ScoringServiceOptions options) : BackgroundService
{
    private readonly Channel<Request> _requests = Channel.CreateBounded<Request>(new BoundedChannelOptions(options.QueueCapacity) { SingleReader = true });

    /// <summary>Requests that wait for the batch at work.</summary>
    public int WaitingCount => _requests.Reader.Count;

    /// <summary>Embeds the pictures of one batch at most.</summary>
    /// <param name="modelFolder">The CLIP's model.</param>
    /// <param name="images">At most the batch size.</param>
    /// <param name="cancellationToken">Takes the pictures out of the line; a batch at work goes on for the others.</param>
    /// <returns>[pictures, dimension]; the caller disposes it.</returns>
    /// <exception cref="QueueFullException">As many callers wait as may wait.</exception>
    public Task<FeatureRows> EmbedAsync(string modelFolder, IReadOnlyList<RgbImage> images, CancellationToken cancellationToken)
    {
        var request = new Request(modelFolder, images, cancellationToken);
        return _requests.Writer.TryWrite(request)
            ? request.Completion.Task.WaitAsync(cancellationToken)
            : throw new QueueFullException(options.QueueCapacity);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (await _requests.Reader.WaitToReadAsync(stoppingToken))
            {
                var batch = Gather();
                if (batch.Count > 0)
                {
                    await RunAsync(batch, stoppingToken);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The service stops; its callers hear so from their calls.
        }
    }

    private List<Request> Gather()
    {
        var batch = new List<Request>();
        var count = 0;
        while (_requests.Reader.TryPeek(out var next) && (batch.Count == 0 || (next.ModelFolder == batch[0].ModelFolder && count + next.Images.Count <= options.BatchSize)))
        {
            _requests.Reader.TryRead(out _);
            if (!next.CancellationToken.IsCancellationRequested)
            {
                batch.Add(next);
                count += next.Images.Count;
            }
        }

        return batch;
    }

    private async Task RunAsync(List<Request> batch, CancellationToken stoppingToken)
    {
        try
        {
            var parts = Split(await encoder.EmbedImagesAsync(batch[0].ModelFolder, [.. batch.SelectMany(r => r.Images)], stoppingToken), batch);
            for (var i = 0; i < batch.Count; i++)
            {
                // Nobody disposes the rows of a caller who has left: the garbage collector finds them.
                batch[i].Completion.TrySetResult(parts[i]);
            }
        }
        catch (Exception e)
        {
            // Whoever waits gets the error; the loop must go on for the next callers.
            batch.ForEach(r => r.Completion.TrySetException(e));
        }
    }

    private static List<FeatureRows> Split(FeatureRows features, List<Request> batch)
    {
        using (features)
        {
            var (parts, first) = (new List<FeatureRows>(), 0);
            foreach (var request in batch)
            {
                parts.Add(features.Slice(first, request.Images.Count));
                first += request.Images.Count;
            }

            return parts;
        }
    }

    private sealed record Request(string ModelFolder, IReadOnlyList<RgbImage> Images, CancellationToken CancellationToken)
    {
        public TaskCompletionSource<FeatureRows> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
