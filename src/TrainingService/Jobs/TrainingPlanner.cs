using Gal.Hosting.Errors;
using Gal.Imaging;
using Gal.ModelServing;
using Gal.ModelServing.Images;
using Gal.ModelServing.Models;
using Gal.Training.Memory;
using Gal.Training.Sessions;
using Gal.V1;

namespace Gal.Training.Jobs;

/// <summary>Turns requests into plans, and says what a user should know about them.</summary>
internal sealed class TrainingPlanner(ModelCatalog models, ImageReader images, ITrainingEngine engine, MemoryCheck memory)
{
    /// <summary>Refuses what cannot be trained: nothing with a weight, a resolution that the VAE cannot halve, an initial word of several tokens, pictures and models that are not here.</summary>
    public async Task CheckAsync(CreateTrainingRequest request, CancellationToken cancellationToken)
    {
        if (request.Model?.Adapters.Count > 0)
        {
            throw RpcErrors.InvalidFields([("model.adapters", "model.adapters is for sampling; a training starts from a model's own weights or a checkpoint's: leave it out.", "ADAPTERS_NOT_TRAINED")]);
        }

        var folder = models.Find(request.Model).Folder;
        if (!request.Samples.Any(s => WeightOf(s) > 0))
        {
            throw RpcErrors.InvalidFields([("samples", "samples: all loss weights are 0, so nothing would be learned; give at least one sample a weight over 0.", "NOTHING_TO_LEARN")]);
        }

        var (resolution, factor) = (request.Settings?.Resolution ?? 0, await engine.GetSizeFactorAsync(folder, cancellationToken));
        if (resolution % factor != 0)
        {
            throw RpcErrors.InvalidField("settings.resolution", resolution.ToString(), $"must be a multiple of {factor}, the VAE's factor", "SIZE_NOT_A_MULTIPLE");
        }

        await CheckInitialWordAsync(folder, request.Settings, cancellationToken);
        var settings = Complete(request);
        memory.Require(folder, settings.ToMethod(), MemorySettings.Of(settings, request.PriorPreservation is not null));
        foreach (var (image, field) in Pictures(request))
        {
            await images.CheckExistsAsync(image, field, cancellationToken);
            if (image.SourceCase == Image.SourceOneofCase.Data)
            {
                await images.ReadAsync(image, field, cancellationToken);
            }
        }
    }

    /// <summary>Fills in the defaults and decodes the pictures.</summary>
    public async Task<TrainingPlan> PlanAsync(CreateTrainingRequest request, CancellationToken cancellationToken)
    {
        var pictures = new List<RgbImage>();
        foreach (var (image, field) in Pictures(request))
        {
            pictures.Add(await images.ReadAsync(image, field, cancellationToken));
        }

        var settings = Complete(request);
        var prior = request.PriorPreservation;
        return new(
            models.Find(request.Model),
            settings.ToMethod(),
            [.. request.Samples.Select((sample, i) => new PlannedSample(pictures[i], sample.Prompt, WeightOf(sample)))],
            prior is null ? null : new(prior.ClassPrompt, pictures[request.Samples.Count..], prior.HasPriorLossWeight ? prior.PriorLossWeight : 1),
            settings.StepCount,
            settings.BatchSize,
            settings.LearningRate,
            settings.WeightDecay,
            settings.MaxGradientNorm,
            settings.Seed,
            settings.Resolution,
            settings.ToOptions(),
            settings.ToPreview(),
            settings.ToSaving());
    }

    /// <summary>Warnings of a plan: prompts that are cut, each once, and a slow format.</summary>
    public async Task<IReadOnlyList<Warning>> FindWarningsAsync(TrainingPlan plan, CancellationToken cancellationToken)
    {
        var warnings = new List<Warning>();
        var prompts = plan.Samples.Select(s => s.Prompt).Append(plan.Prior?.ClassPrompt ?? "").Concat(plan.Preview?.Prompts ?? []);
        foreach (var prompt in prompts.Distinct())
        {
            var cut = await engine.FindCutTextAsync(plan.Weights.Folder, prompt, cancellationToken);
            if (cut.Length > 0)
            {
                warnings.Add(Warnings.PromptTruncated(prompt, cut));
            }
        }

        if (engine.FindSlowness(plan.Options.Dtype) is { } slowness)
        {
            warnings.Add(new() { Reason = "DTYPE_SLOW", Message = slowness });
        }

        return warnings;
    }

    /// <summary>What a request's training needs at its peak.</summary>
    public MemoryEstimate EstimateMemory(CreateTrainingRequest request)
    {
        var settings = Complete(request);
        var estimate = engine.EstimateMemory(models.Find(request.Model).Folder, settings.ToMethod(), MemorySettings.Of(settings, request.PriorPreservation is not null));
        return new()
        {
            PeakBytes = estimate.Peak,
            WeightsBytes = estimate.Weights,
            OptimizerBytes = estimate.Optimizer,
            AverageBytes = estimate.Average,
            StepBytes = estimate.Step,
            PreparationBytes = estimate.Preparation,
            PreviewBytes = estimate.Preview,
        };
    }

    /// <summary>Optimizer steps that a request asks for.</summary>
    public static int StepCountOf(CreateTrainingRequest request) => Complete(request).StepCount;

    private static TrainingSettings Complete(CreateTrainingRequest request)
    {
        var settings = request.Settings?.Clone() ?? new();
        TrainingDefaults.Fill(settings);
        return settings;
    }

    private async Task CheckInitialWordAsync(string folder, TrainingSettings? settings, CancellationToken cancellationToken)
    {
        if (settings?.LearnedWord is { } word && !await engine.IsOneTokenAsync(folder, word.InitialWord, cancellationToken))
        {
            var field = settings.Method == TrainingMethod.TextualInversion ? "settings.textual_inversion.initial_word" : "settings.custom_diffusion.modifier.initial_word";
            throw RpcErrors.InvalidField(field, $"\"{word.InitialWord}\"", "must be one token of the model's vocabulary, such as \"cat\"", "INITIAL_WORD_NOT_ONE_TOKEN");
        }
    }

    private static double WeightOf(TrainingSample sample) => sample.HasLossWeight ? sample.LossWeight : 1;

    private static IEnumerable<(Image Image, string Field)> Pictures(CreateTrainingRequest request) =>
    [
        .. request.Samples.Select((sample, i) => (sample.Image, $"samples[{i}].image")),
        .. request.PriorPreservation?.ClassImages.Select((image, i) => (image, $"prior_preservation.class_images[{i}]")) ?? [],
    ];
}
