using Gal.Diffusion.Pipelines;
using Gal.ModelServing;
using Gal.ModelServing.Images;
using Gal.ModelServing.Models;
using Gal.V1;

namespace Gal.Generation.Sampling;

/// <summary>Turns requests into plans, and says what a user should know about them.</summary>
internal sealed class SamplingPlanner(ModelCatalog models, ImageReader pictures, ISampler sampler, GenerationServiceOptions options)
{
    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND or INVALID_ARGUMENT.</exception>
    public async Task<SamplingPlan> PlanAsync(ModelReference? model, SamplingSettings? settings, IReadOnlyList<ImagePrompt> images, IpAdapter? ipAdapter, CancellationToken cancellationToken)
    {
        var weights = models.Find(model);
        var picture = ipAdapter is null ? null : await ReadAsync(ipAdapter, cancellationToken);
        sampler.Check(weights, picture);
        var sizes = await sampler.GetSizesAsync(weights.Folder, cancellationToken);
        return new(weights, ResolvedSettings.From(settings, sizes, options.BatchLatentPixelCount, sampler.DefaultDtype), images, picture);
    }

    /// <summary>Warnings of a plan, each once: prompts that are cut or weighted, a format that is slow here.</summary>
    public async Task<IReadOnlyList<Warning>> FindWarningsAsync(SamplingPlan plan, CancellationToken cancellationToken)
    {
        var warnings = new List<Warning>();
        var prompts = plan.Images.SelectMany(i => new[] { i.Prompt, i.NegativePrompt }).Distinct().ToList();
        foreach (var prompt in prompts)
        {
            var cut = await sampler.FindCutTextAsync(plan.Weights, prompt, cancellationToken);
            if (cut.Length > 0)
            {
                warnings.Add(Warnings.PromptTruncated(prompt, cut));
            }
        }

        if (PromptWeighting.Find(prompts) is { } weighting)
        {
            warnings.Add(weighting);
        }

        if (sampler.FindSlowness(plan.Settings.Dtype) is { } slowness)
        {
            warnings.Add(new() { Reason = "DTYPE_SLOW", Message = slowness });
        }

        return warnings;
    }

    private async Task<PicturePrompt> ReadAsync(IpAdapter adapter, CancellationToken cancellationToken) => new(
        models.FindFile(adapter.Artifact, "IP-Adapter"),
        await pictures.ReadAsync(adapter.Image, "ip_adapter.image", cancellationToken),
        adapter.HasScale ? adapter.Scale : 1,
        adapter.ImageEncoder is not { } encoder ? null : new ImageEncoderFiles(
            models.FindFile(encoder.Config, "image encoder's config.json"),
            models.FindFile(encoder.Weights, "image encoder"),
            encoder.PreprocessorConfig.Length == 0 ? null : models.FindFile(encoder.PreprocessorConfig, "image encoder's preprocessor_config.json")));
}
