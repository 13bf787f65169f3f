using Gal.Diffusion.Pipelines;
using Gal.Generation.Sampling;
using Gal.Imaging;
using Gal.ModelServing.Models;
using Gal.ModelServing.Work;
using Gal.V1;

namespace Gal.Generation.Tests;

/// <summary>Samples pictures whose every pixel is the seed; can be stopped or made to fail at a step.</summary>
internal sealed class FakeSampler : ISampler
{
    private int _stepCount;

    /// <summary>Called before each step with its number over all batches, from 1.</summary>
    public Func<int, CancellationToken, Task> BeforeStep { get; init; } = (_, _) => Task.CompletedTask;

    /// <summary>Called before each batch.</summary>
    public Action<SamplingBatch> BeforeBatch { get; init; } = _ => { };

    public List<SamplingBatch> Batches { get; } = [];

    public int StepCount => Volatile.Read(ref _stepCount);

    public Task<SamplerSizes> GetSizesAsync(string modelFolder, CancellationToken cancellationToken) => Task.FromResult(new SamplerSizes(16, 16, 8));

    public Task<string> FindCutTextAsync(ModelWeights weights, string text, CancellationToken cancellationToken) => Task.FromResult(text.Contains("very long", StringComparison.Ordinal) ? "the end" : "");

    public void Check(ModelWeights weights, PicturePrompt? picture)
    {
        // Whatever a test names is right.
    }

    public Dtype DefaultDtype => Dtype.Float32;

    public string? FindSlowness(Dtype dtype) => dtype == Dtype.Bfloat16 ? "bfloat16 is slow here." : null;

    public async Task<IReadOnlyList<RgbImage>> SampleAsync(ModelWeights weights, SamplingBatch batch, WorkClock clock, Action stepDone, CancellationToken cancellationToken)
    {
        lock (Batches)
        {
            Batches.Add(batch);
        }

        BeforeBatch(batch);
        for (var i = 0; i < batch.Settings.ModelCallCount; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await BeforeStep(_stepCount + 1, cancellationToken);
            Interlocked.Increment(ref _stepCount);
            clock.Add(WorkKind.Denoising, TimeSpan.FromMilliseconds(1), 1);
            stepDone();
        }

        return [.. batch.Images.Select(i => Picture(i.Seed, batch.Settings))];
    }

    private static RgbImage Picture(long seed, ResolvedSettings settings)
    {
        var pixels = new byte[settings.Width * settings.Height * 3];
        Array.Fill(pixels, (byte)seed);
        return new(settings.Width, settings.Height, pixels);
    }
}
