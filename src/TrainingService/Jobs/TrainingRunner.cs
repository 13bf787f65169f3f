using Gal.Artifacts;
using Gal.Diffusion.Training;
using Gal.Hosting.Jobs;
using Gal.ModelServing.Work;
using Gal.Training.Sessions;
using Gal.V1;

namespace Gal.Training.Jobs;

/// <summary>Runs trainings: saves a state every so many steps, and a restart goes on from the newest one that can be read.</summary>
internal sealed class TrainingRunner(TrainingPlanner planner, ITrainingEngine engine, IArtifactStore artifacts, TimeProvider time, ILogger<TrainingRunner> logger) : IJobRunner<CreateTrainingRequest, V1.Training, TrainingEvent>
{
    public string Collection => "trainings";

    public Task ValidateAsync(CreateTrainingRequest request, CancellationToken cancellationToken) => planner.CheckAsync(request, cancellationToken);

    public V1.Training CreateResource(CreateTrainingRequest request) => new()
    {
        Progress = new() { StepCount = TrainingPlanner.StepCountOf(request) },
        SampleUseCounts = { new int[request.Samples.Count] },
        Memory = planner.EstimateMemory(request),
    };

    public void Restore(V1.Training resource, IReadOnlyList<TrainingEvent> events)
    {
        resource.Warnings.Clear();
        resource.Warnings.AddRange(events.Where(e => e.EventCase == TrainingEvent.EventOneofCase.Warning).Select(e => e.Warning));
        resource.SampleImages.Clear();
        resource.SampleImages.AddRange(events.Where(e => e.EventCase == TrainingEvent.EventOneofCase.SampleImages).Select(e => e.SampleImages.Clone()));
    }

    public TrainingEvent ReportQueuePosition(V1.Training resource, int position)
    {
        resource.Progress.QueuePosition = position;
        return new() { Progress = resource.Progress.Clone() };
    }

    public void Summarize(V1.Training resource) => resource.Losses.Clear();

    public async Task RunAsync(Job<CreateTrainingRequest, V1.Training, TrainingEvent> job, CancellationToken cancellationToken)
    {
        var clock = new WorkClock(time);
        var plan = await planner.PlanAsync(job.Request, cancellationToken);
        foreach (var warning in await planner.FindWarningsAsync(plan, cancellationToken))
        {
            job.Warn(warning);
        }

        await using var session = await engine.OpenAsync(plan, clock, cancellationToken);
        var work = new TrainingWork(job, plan, session, clock, artifacts);
        await ResumeAsync(job, session, work.States, clock, cancellationToken);
        try
        {
            await work.StepToEndAsync(cancellationToken);
        }
        catch (TrainingDivergedException e)
        {
            await work.KeepLastWeightsAsync(e.Step - 1);
            throw;
        }
        catch (OperationCanceledException) when (job.IsCancelRequested)
        {
            await work.PublishWeightsAsync(CancellationToken.None);
            throw;
        }

        await work.PublishWeightsAsync(cancellationToken);
        var checkpoint = await clock.MeasureAsync(WorkKind.Storing, 1, () => StoreCheckpointAsync(session, job.WorkFolder, cancellationToken));
        job.Update(resource =>
        {
            resource.Checkpoint = checkpoint;
            clock.WriteTo(resource.WorkTimes);
        });
        work.States.Clear();
    }

    private async Task ResumeAsync(Job<CreateTrainingRequest, V1.Training, TrainingEvent> job, ITrainingSession session, SavedStates states, WorkClock clock, CancellationToken cancellationToken)
    {
        foreach (var step in states.Steps)
        {
            try
            {
                await session.LoadStateAsync(states.StatePath(step), cancellationToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                logger.StateUnreadable(e, step);
                states.Remove(step);
                continue;
            }

            var saved = states.ReadResource(step);
            clock.Add(saved.WorkTimes);
            job.Update(resource => TakeOver(resource, saved));
            return;
        }

        job.Update(resource => TakeOver(resource, CreateResource(job.Request)));
    }

    private static void TakeOver(V1.Training resource, V1.Training saved)
    {
        resource.Progress = saved.Progress.Clone();
        resource.Losses.Clear();
        resource.Losses.AddRange(saved.Losses);
        resource.SampleUseCounts.Clear();
        resource.SampleUseCounts.AddRange(saved.SampleUseCounts);
    }

    private async Task<string> StoreCheckpointAsync(ITrainingSession session, string folder, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, "checkpoint.tmp");
        await session.SaveWeightsAsync(path, cancellationToken);
        await using var stream = File.OpenRead(path);
        return (await artifacts.PutAsync(stream, cancellationToken)).ToString();
    }
}
