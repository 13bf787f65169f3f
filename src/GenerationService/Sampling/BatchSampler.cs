using Gal.Artifacts;
using Gal.Imaging;
using Gal.ModelServing.Work;
using Gal.V1;
using Google.Protobuf;

namespace Gal.Generation.Sampling;

/// <summary>Works through a plan batch by batch.</summary>
internal sealed class BatchSampler(ISampler sampler, IArtifactStore artifacts)
{
    /// <summary>Samples the batches that are not done yet.</summary>
    /// <param name="plan">What to sample.</param>
    /// <param name="isDone">Whether an image of the request is stored already; a batch is left out if all of its images are.</param>
    /// <param name="storeArtifacts">Store the pictures and name them, instead of carrying their bytes.</param>
    /// <param name="clock">Told of the time spent.</param>
    /// <param name="report">Told of each denoising step, on the device's thread.</param>
    /// <param name="deliver">Given each batch's pictures, and awaited before the next batch begins.</param>
    /// <param name="cancellationToken">Looked at before each step.</param>
    public async Task RunAsync(SamplingPlan plan, Predicate<int> isDone, bool storeArtifacts, WorkClock clock, Action<SamplingProgress> report, Func<IReadOnlyList<GeneratedImage>, Task> deliver, CancellationToken cancellationToken)
    {
        var progress = new SamplingProgress { StepCount = plan.StepCount, ImageCount = plan.Images.Count };
        for (var number = 0; number < plan.BatchCount; number++)
        {
            var batch = plan.Batch(number);
            if (!Enumerable.Range(batch.FirstIndex, batch.Images.Count).All(i => isDone(i)))
            {
                var pictures = await sampler.SampleAsync(plan.Weights, batch, clock, StepDone, cancellationToken);
                await deliver(await StoreAsync(batch, pictures, storeArtifacts, clock, cancellationToken));
            }

            progress.Step = (number + 1) * plan.Settings.ModelCallCount;
            progress.FinishedImageCount += batch.Images.Count;
            report(progress.Clone());
        }

        void StepDone()
        {
            progress.Step++;
            report(progress.Clone());
        }
    }

    /// <summary>Pictures of a batch as the contract's images.</summary>
    public Task<IReadOnlyList<GeneratedImage>> StoreAsync(SamplingBatch batch, IReadOnlyList<RgbImage> pictures, bool storeArtifacts, WorkClock clock, CancellationToken cancellationToken) =>
        clock.MeasureAsync<IReadOnlyList<GeneratedImage>>(WorkKind.Storing, pictures.Count, async () =>
        {
            var images = new List<GeneratedImage>(pictures.Count);
            foreach (var picture in pictures)
            {
                var png = PngEncoder.Encode(picture);
                var image = storeArtifacts
                    ? new Image { Artifact = (await artifacts.PutAsync(png, cancellationToken)).ToString() }
                    : new Image { Data = UnsafeByteOperations.UnsafeWrap(png) };
                images.Add(new() { Index = batch.FirstIndex + images.Count, Image = image, Width = picture.Width, Height = picture.Height });
            }

            return images;
        });
}
