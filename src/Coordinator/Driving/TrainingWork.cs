using Gal.Coordination.Events;
using Gal.Coordination.Runs;
using Gal.Coordination.Services;
using Gal.V1;
using MethodEvent = Gal.ActiveLearning.Runs.RunEvent;
using NextStep = Gal.ActiveLearning.Runs.NextStep;

namespace Gal.Coordination.Driving;

/// <summary>Has a round's checkpoint trained.</summary>
internal sealed class TrainingWork(RunTools tools)
{
    /// <summary>Trains a round from the pretrained weights on its samples.</summary>
    public async Task<StoredEvent> TrainAsync(NextStep.Train step, CancellationToken cancellationToken)
    {
        var run = tools.Journal.State;
        await tools.Artifacts.SendAsync("training", [.. step.Samples.Select(s => s.Image), .. run.Method.ClassImages ?? []], cancellationToken);
        var training = await Follower().FollowAsync($"{run.Id}.round-{step.Round}.training", ToRequest(run, step), cancellationToken);
        var extras = ExtrasOf(training);
        var beside = extras is null ? [] : extras.Weights.Concat(extras.Images).SelectMany(made => made.Artifacts);
        await tools.Artifacts.FetchAsync("training", [training.Checkpoint, .. beside], cancellationToken);
        return new StoredEvent.MethodStep(new MethodEvent.TrainingFinished(step.Round, training.Checkpoint, [.. training.Losses], [.. training.SampleUseCounts]), WorkTimes.FromProto(training.WorkTimes), extras);
    }

    private static TrainingExtras? ExtrasOf(Training training) => training.SavedWeights.Count + training.SampleImages.Count == 0 ? null : new(
        [.. training.SavedWeights.Select(saved => new StepArtifacts(saved.Step, [saved.Checkpoint]))],
        [.. training.SampleImages.Select(looked => new StepArtifacts(looked.Step, [.. looked.Images.Select(image => image.Artifact)]))]);

    private static CreateTrainingRequest ToRequest(DrivenRun run, NextStep.Train step)
    {
        var settings = run.Settings;
        var request = new CreateTrainingRequest { Model = new ModelReference { Model = settings.Model }, Settings = settings.Training.Clone() };
        request.Samples.AddRange(step.Samples.Select(s => new TrainingSample { Image = ToImage(s.Image), Prompt = s.Prompt, LossWeight = s.LossWeight }));
        if (settings.PriorPreservation is { } prior)
        {
            request.PriorPreservation = new PriorPreservation { ClassPrompt = prior.ClassPrompt, PriorLossWeight = prior.PriorLossWeight };
            request.PriorPreservation.ClassImages.AddRange(run.Method.ClassImages!.Select(ToImage));
        }

        return request;
    }

    private JobFollower<CreateTrainingRequest, Training, TrainingEvent> Follower()
    {
        var client = tools.Clients.Training;
        var calls = new JobCalls<CreateTrainingRequest, Training, TrainingEvent>(
            (request, options) => client.CreateTrainingAsync(request, options),
            (name, options) => client.GetTrainingAsync(new() { Name = name }, options),
            (name, after, options) => client.WatchTraining(new() { Name = name, AfterSequenceNumber = after }, options),
            (name, options) => client.CancelTrainingAsync(new() { Name = name }, options));
        return new(calls, tools.Journal, tools.Patience, Report, tools.Time, tools.Stopping);
    }

    private void Report(TrainingEvent item)
    {
        if (item.EventCase == TrainingEvent.EventOneofCase.Progress)
        {
            tools.Journal.Report(new RunEvent { TrainingProgress = item.Progress });
        }
    }

    private static Image ToImage(string artifact) => new() { Artifact = artifact };
}
