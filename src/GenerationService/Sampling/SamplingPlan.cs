using Gal.Diffusion.Pipelines;
using Gal.ModelServing.Models;
using Gal.V1;

namespace Gal.Generation.Sampling;

/// <summary>What a request comes to: its images in batches by position, so that a restart, or another replica, samples the same batches and gets the same bits.</summary>
internal sealed record SamplingPlan(ModelWeights Weights, ResolvedSettings Settings, IReadOnlyList<ImagePrompt> Images, PicturePrompt? Picture)
{
    /// <summary>Batches of the request.</summary>
    public int BatchCount => (Images.Count + Settings.BatchSize - 1) / Settings.BatchSize;

    /// <summary>Denoising steps of the request, each batch's counted once.</summary>
    public int StepCount => BatchCount * Settings.ModelCallCount;

    /// <summary>One batch.</summary>
    public SamplingBatch Batch(int number)
    {
        var first = number * Settings.BatchSize;
        return new(first, [.. Images.Skip(first).Take(Settings.BatchSize)], Settings, Picture);
    }
}
