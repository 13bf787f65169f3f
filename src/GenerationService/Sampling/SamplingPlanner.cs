using Gal.ModelServing;
using Gal.ModelServing.Models;
using Gal.V1;

namespace Gal.Generation.Sampling;

/// <summary>Turns requests into plans, and says what a user should know about them.</summary>
internal sealed class SamplingPlanner(ModelCatalog models, ISampler sampler, GenerationServiceOptions options)
{
    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND or INVALID_ARGUMENT.</exception>
    public async Task<SamplingPlan> PlanAsync(ModelReference? model, SamplingSettings? settings, IReadOnlyList<ImagePrompt> images, CancellationToken cancellationToken)
    {
        var weights = models.Find(model);
        var sizes = await sampler.GetSizesAsync(weights.Folder, cancellationToken);
        return new(weights, ResolvedSettings.From(settings, sizes, options.BatchLatentPixelCount), images);
    }

    /// <summary>Warnings of a plan, each once: prompts that are cut, a format that is slow here.</summary>
    public async Task<IReadOnlyList<Warning>> FindWarningsAsync(SamplingPlan plan, CancellationToken cancellationToken)
    {
        var warnings = new List<Warning>();
        foreach (var prompt in plan.Images.SelectMany(i => new[] { i.Prompt, i.NegativePrompt }).Distinct())
        {
            var cut = await sampler.FindCutTextAsync(plan.Weights.Folder, prompt, cancellationToken);
            if (cut.Length > 0)
            {
                warnings.Add(Warnings.PromptTruncated(prompt, cut));
            }
        }

        if (sampler.FindSlowness(plan.Settings.Dtype) is { } slowness)
        {
            warnings.Add(new() { Reason = "DTYPE_SLOW", Message = slowness });
        }

        return warnings;
    }
}
