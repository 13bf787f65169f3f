using Gal.Artifacts;
using Gal.Hosting.Jobs;
using Gal.Imaging;
using Gal.ModelServing.Work;
using Gal.Training.Sessions;
using Gal.V1;

namespace Gal.Training.Jobs;

/// <summary>The steps of one training, and what is saved and shown between them.</summary>
internal sealed class TrainingWork(Job<CreateTrainingRequest, V1.Training, TrainingEvent> job, TrainingPlan plan, ITrainingSession session, WorkClock clock, IArtifactStore artifacts)
{
    private readonly WeightsSaves _weights = new(job.WorkFolder, Math.Max(1, plan.Saving.KeptWeightsCount), artifacts);

    /// <summary>The states that a restart goes on from.</summary>
    public SavedStates States { get; } = new(job.WorkFolder, plan.Saving.KeptStateCount);

    /// <summary>Takes the steps that are left.</summary>
    public async Task StepToEndAsync(CancellationToken cancellationToken)
    {
        for (var step = job.Snapshot().Progress.Step; step < plan.StepCount;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var result = await session.StepAsync(cancellationToken);
            step = result.Step;
            job.Report(resource => Record(resource, result));
            if (plan.Saving.ImagesIntervalStepCount is { } look && step % look == 0)
            {
                await SampleAsync(step, cancellationToken);
            }

            if (plan.Saving.WeightsIntervalStepCount is { } interval && step % interval == 0)
            {
                await _weights.SaveAsync(step, path => session.SaveWeightsAsync(path, cancellationToken));
            }

            // The state last: a restart after it has all that came before.
            if (step % plan.Saving.StateIntervalStepCount == 0 && step < plan.StepCount)
            {
                await SaveStateAsync(step, cancellationToken);
            }
        }
    }

    /// <summary>Keeps the weights as they are and stores them with the saved ones, after a step that could not be taken.</summary>
    public async Task KeepLastWeightsAsync(int step)
    {
        if (step > 0)
        {
            await _weights.SaveAsync(step, path => session.SaveWeightsAsync(path, CancellationToken.None));
        }

        await PublishWeightsAsync(CancellationToken.None);
    }

    /// <summary>Stores the saved weights and puts them into the resource.</summary>
    public async Task PublishWeightsAsync(CancellationToken cancellationToken)
    {
        var published = await _weights.PublishAsync(cancellationToken);
        job.Update(resource =>
        {
            resource.SavedWeights.Clear();
            resource.SavedWeights.AddRange(published);
        });
    }

    private async Task SaveStateAsync(int step, CancellationToken cancellationToken)
    {
        await clock.MeasureAsync(WorkKind.Storing, 1, async () =>
        {
            await States.SaveAsync(job.Snapshot(), path => session.SaveStateAsync(path, cancellationToken));
            return true;
        });
        job.Append([new TrainingEvent { SavedStep = step }]);
    }

    // Steps that a restart takes again are looked at again, with the same pictures; they are told of once.
    private async Task SampleAsync(int step, CancellationToken cancellationToken)
    {
        if (job.Events.Any(e => e.SampleImages?.Step == step))
        {
            return;
        }

        var images = new SampleImages { Step = step };
        foreach (var picture in await session.SamplePreviewAsync(cancellationToken))
        {
            images.Images.Add(new Image { Artifact = (await artifacts.PutAsync(PngEncoder.Encode(picture), cancellationToken)).ToString() });
        }

        job.Append([new TrainingEvent { SampleImages = images }], resource => resource.SampleImages.Add(images.Clone()));
    }

    private TrainingEvent Record(V1.Training resource, StepResult result)
    {
        resource.Losses.Add(result.UnweightedLoss);
        foreach (var index in result.SampleIndices)
        {
            resource.SampleUseCounts[index]++;
        }

        clock.WriteTo(resource.WorkTimes);
        resource.Progress = new()
        {
            Step = result.Step,
            StepCount = resource.Progress.StepCount,
            Loss = result.Loss,
            UnweightedLoss = result.UnweightedLoss,
            GradientNorm = result.GradientNorm,
            LearningRate = result.LearningRate,
            SecondsPerStep = resource.WorkTimes.FirstOrDefault(t => t.Kind == WorkKind.Training) is { UnitCount: > 0 } spent ? spent.Duration.ToTimeSpan().TotalSeconds / spent.UnitCount : 0,
        };
        return new() { Progress = resource.Progress.Clone() };
    }
}
