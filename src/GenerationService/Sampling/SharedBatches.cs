using Gal.Imaging;
using Gal.ModelServing.Work;

namespace Gal.Generation.Sampling;

/// <summary>
/// Denoises small requests of several callers together: the one whose turn it is takes those along that wait behind it and fit. A batch of eight takes a processor
/// far less than eight times as long as a batch of one.
/// </summary>
internal sealed class SharedBatches(ISampler sampler)
{
    private readonly Lock _lock = new();
    private readonly List<SmallRequest> _waiting = [];

    /// <summary>Whether a request may share a batch: it leaves room in one, and the batch size is the service's to choose.</summary>
    public static bool IsSmall(SamplingPlan plan, bool isBatchSizeAsked) => !isBatchSizeAsked && plan.BatchCount == 1 && plan.Images.Count < plan.Settings.BatchSize;

    /// <summary>Lets others take a request along.</summary>
    public void Add(SmallRequest request)
    {
        lock (_lock)
        {
            _waiting.Add(request);
        }
    }

    /// <summary>Takes a request back that was not served.</summary>
    public void Remove(SmallRequest request)
    {
        lock (_lock)
        {
            _waiting.Remove(request);
        }
    }

    /// <summary>Samples a request whose turn it is, unless another brought its pictures or is about to.</summary>
    /// <param name="request">Added before.</param>
    /// <param name="clock">Told of the time spent.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public async Task<IReadOnlyList<RgbImage>> RunAsync(SmallRequest request, WorkClock clock, CancellationToken cancellationToken)
    {
        var group = Take(request);
        if (group.Count == 0)
        {
            // Taken along by a request that left the line before its work ended.
            if (await request.Pictures.WaitAsync(cancellationToken) is { } brought)
            {
                return brought;
            }
        }
        else if (group.Count > 1 && await TryTogetherAsync(group, clock) is { } pictures)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return pictures;
        }

        return await sampler.SampleAsync(request.Plan.Weights, request.Plan.Batch(0), clock, request.StepDone, cancellationToken);
    }

    // In the order in which they came; the leader first. Empty if another took the leader.
    private List<SmallRequest> Take(SmallRequest leader)
    {
        lock (_lock)
        {
            if (!_waiting.Remove(leader))
            {
                return [];
            }

            var group = new List<SmallRequest> { leader };
            var room = leader.Plan.Settings.BatchSize - leader.Plan.Images.Count;
            foreach (var other in _waiting.Where(other => other.IsWanted && leader.Fits(other)))
            {
                if (other.Plan.Images.Count <= room)
                {
                    room -= other.Plan.Images.Count;
                    group.Add(other);
                }
            }

            _waiting.RemoveAll(group.Contains);
            return group;
        }
    }

    /// <summary>Samples a group; the work goes on as long as one of its callers is there.</summary>
    /// <returns>The leader's pictures; null if the work failed, which may be one request's fault alone.</returns>
    private async Task<IReadOnlyList<RgbImage>?> TryTogetherAsync(List<SmallRequest> group, WorkClock clock)
    {
        using var allLeft = new CancellationTokenSource();
        var registrations = group.Select(member => member.OnLeaving(() =>
        {
            if (!group.Exists(m => m.IsWanted))
            {
                allLeft.Cancel();
            }
        })).ToList();
        var plan = group[0].Plan;
        try
        {
            var batch = new SamplingBatch(0, [.. group.SelectMany(member => member.Plan.Images)], plan.Settings);
            var pictures = await sampler.SampleAsync(plan.Weights, batch, clock, () => group.ForEach(member => member.StepDone()), allLeft.Token);
            var first = 0;
            foreach (var member in group)
            {
                member.Complete([.. pictures.Skip(first).Take(member.Plan.Images.Count)]);
                first += member.Plan.Images.Count;
            }

            return await group[0].Pictures;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Each goes by itself in its own turn, and hears of its own error alone.
            return null;
        }
        finally
        {
            registrations.ForEach(registration => registration.Dispose());
            group.ForEach(member => member.Complete(null));
        }
    }
}
