using System.Threading.Channels;
using Gal.Hosting.Queues;
using Gal.ModelServing.Work;
using Gal.V1;
using Grpc.Core;

namespace Gal.Generation.Sampling;

/// <summary>Samples while the caller listens. Nothing piles up in front of a slow one: progress is overwritten by newer progress, and the next batch waits until the last one's images are sent.</summary>
internal sealed class ImageStream(SamplingPlanner planner, BatchSampler batches, SharedBatches shared, WorkQueue queue, TimeProvider time)
{
    public async Task RunAsync(GenerateImagesRequest request, IServerStreamWriter<GenerateImagesResponse> responses, CancellationToken cancellationToken)
    {
        var plan = await planner.PlanAsync(request.Model, request.Settings, request.Images, request.IpAdapter, cancellationToken);
        using var ticket = queue.Enqueue();
        foreach (var warning in await planner.FindWarningsAsync(plan, cancellationToken))
        {
            await responses.WriteAsync(new() { Warning = warning }, cancellationToken);
        }

        using var writing = new SemaphoreSlim(1, 1);
        var progress = Channel.CreateBounded<SamplingProgress>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
        var telling = TellProgressAsync();
        try
        {
            await (SharedBatches.IsSmall(plan, request.Settings?.BatchSize > 0) ? RunSharedAsync() : RunAloneAsync());
        }
        finally
        {
            progress.Writer.Complete();
            await telling;
        }

        Task WaitAsync(CancellationToken token) => ticket.WaitAsync(position => Report(new() { StepCount = plan.StepCount, ImageCount = plan.Images.Count, QueuePosition = position }), token);

        async Task RunAloneAsync()
        {
            await WaitAsync(cancellationToken);
            await batches.RunAsync(plan, _ => false, request.StoreArtifacts, new WorkClock(time), Report, DeliverAsync, cancellationToken);
        }

        async Task RunSharedAsync()
        {
            var (step, clock) = (0, new WorkClock(time));
            var small = new SmallRequest(plan, () => Report(new() { Step = ++step, StepCount = plan.StepCount, ImageCount = plan.Images.Count }), cancellationToken);
            shared.Add(small);
            try
            {
                using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                var turn = WaitAsync(waiting.Token);
                var isBrought = await Task.WhenAny(turn, small.Pictures) == small.Pictures && await small.Pictures is not null;
                if (!isBrought)
                {
                    await turn;
                }

                // Nothing more is told of the place in line, or it could be told after the end.
                await waiting.CancelAsync();
                await turn.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                var pictures = isBrought ? (await small.Pictures)! : await shared.RunAsync(small, clock, cancellationToken);
                await DeliverAsync(await batches.StoreAsync(plan.Batch(0), pictures, request.StoreArtifacts, clock, cancellationToken));
                Report(new() { Step = plan.StepCount, StepCount = plan.StepCount, FinishedImageCount = plan.Images.Count, ImageCount = plan.Images.Count });
            }
            finally
            {
                shared.Remove(small);
            }
        }

        void Report(SamplingProgress step) => progress.Writer.TryWrite(step);

        async Task TellProgressAsync()
        {
            await foreach (var step in progress.Reader.ReadAllAsync(CancellationToken.None))
            {
                await SendAsync(new() { Progress = step });
            }
        }

        async Task DeliverAsync(IReadOnlyList<GeneratedImage> images)
        {
            foreach (var image in images)
            {
                await SendAsync(new() { Image = image });
            }
        }

        async Task SendAsync(GenerateImagesResponse response)
        {
            await writing.WaitAsync(cancellationToken);
            try
            {
                await responses.WriteAsync(response, cancellationToken);
            }
            finally
            {
                writing.Release();
            }
        }
    }
}
