using Gal.ActiveLearning.Plans;
using Gal.ActiveLearning.Runs;
using Gal.Coordination.Events;
using Gal.Coordination.Runs;
using Gal.Coordination.Services;
using Grpc.Core;
using Gal.V1;
using MethodEvent = Gal.ActiveLearning.Runs.RunEvent;
using RunEvent = Gal.V1.RunEvent;

namespace Gal.Coordination.Driving;

/// <summary>Has images sampled: class pictures, evaluation prompts, the pool's anchors.</summary>
internal sealed class SamplingWork(RunTools tools)
{
    /// <summary>Draws the class pictures with the pretrained weights.</summary>
    public async Task<StoredEvent> MakeClassImagesAsync(CancellationToken cancellationToken)
    {
        var settings = tools.Journal.State.Settings;
        var prompts = Enumerable.Range(0, settings.PriorPreservation.ClassImageCount).Select(i => ToPrompt(settings.PriorPreservation.ClassPrompt, Seeds.OfClassImage(settings.Seed, i)));
        var (images, times) = await SampleAsync(SamplingPurpose.ClassImages, "class-images", "", [.. prompts], cancellationToken);
        return new StoredEvent.MethodStep(new MethodEvent.ClassImagesMade(images), times);
    }

    /// <summary>Samples N images along each anchor of the pool with the round's checkpoint.</summary>
    public async Task<StoredEvent> SamplePoolAsync(NextStep.Sample step, CancellationToken cancellationToken)
    {
        var settings = tools.Journal.State.Settings;
        var count = settings.ActiveLearning.ImagesPerAnchor;
        var prompts = step.Pool.SelectMany(i => Enumerable.Range(0, count).Select(j => ToPrompt(settings.Subject.Anchors[i], ImageSeeds.OfAnchor(settings.Seed, i, count, j))));
        var (images, times) = await SampleAsync(SamplingPurpose.Anchors, $"round-{step.Round}.anchors", step.Checkpoint, [.. prompts], cancellationToken);
        return new StoredEvent.MethodStep(new MethodEvent.ImagesSampled(step.Round, [.. step.Pool.Zip(images.Chunk(count), (i, own) => new AnchorImages(i, own))]), times);
    }

    /// <summary>Samples M images of each evaluation prompt, prompt by prompt, with the round's checkpoint.</summary>
    public Task<(IReadOnlyList<string> Images, IReadOnlyList<TimeSpent> Times)> SampleEvaluationAsync(NextStep.Evaluate step, IReadOnlyList<ImagePrompt> prompts, CancellationToken cancellationToken) =>
        SampleAsync(SamplingPurpose.Evaluation, $"round-{step.Round}.evaluation", step.Checkpoint, prompts, cancellationToken);

    private async Task<(IReadOnlyList<string> Images, IReadOnlyList<TimeSpent> Times)> SampleAsync(SamplingPurpose purpose, string what, string checkpoint, IReadOnlyList<ImagePrompt> prompts, CancellationToken cancellationToken)
    {
        var state = tools.Journal.State;
        if (checkpoint.Length > 0)
        {
            await tools.Artifacts.SendAsync("generation", [checkpoint], cancellationToken);
        }

        var request = new CreateGenerationRequest { Model = new ModelReference { Model = state.Settings.Model, Checkpoint = checkpoint }, Settings = state.Settings.Sampling.Clone(), Images = { prompts } };
        var generation = await Follower(purpose).FollowAsync($"{state.Id}.{what}", request, cancellationToken);
        string[] images = [.. generation.Images.OrderBy(i => i.Index).Select(i => i.Image.Artifact)];
        if (images.Length != prompts.Count)
        {
            throw Hosting.Errors.RpcErrors.Status(Google.Rpc.Code.Internal, "IMAGES_MISSING", $"{generation.Name} has {images.Length} images of {prompts.Count}; the generation service's state is damaged.").ToRpcException();
        }

        await tools.Artifacts.FetchAsync("generation", images, cancellationToken);
        return (images, WorkTimes.FromProto(generation.WorkTimes));
    }

    private JobFollower<CreateGenerationRequest, Generation, GenerationEvent> Follower(SamplingPurpose purpose)
    {
        var client = tools.Clients.Generation;
        var calls = new JobCalls<CreateGenerationRequest, Generation, GenerationEvent>(
            (request, options) => client.CreateGenerationAsync(request, options),
            (name, options) => client.GetGenerationAsync(new() { Name = name }, options),
            (name, after, options) => client.WatchGeneration(new() { Name = name, AfterSequenceNumber = after }, options),
            (name, options) => client.CancelGenerationAsync(new() { Name = name }, options));
        return new(calls, tools.Journal, tools.Patience, item => Report(purpose, item), tools.Time, tools.Stopping);
    }

    private void Report(SamplingPurpose purpose, GenerationEvent item)
    {
        if (item.EventCase == GenerationEvent.EventOneofCase.Progress)
        {
            tools.Journal.Report(new RunEvent { SamplingProgress = new RunSamplingProgress { Purpose = purpose, Progress = item.Progress } });
        }
    }

    private static ImagePrompt ToPrompt(string prompt, long seed) => new() { Prompt = prompt, Seed = seed };
}
