using Gal.Generation.Sampling;
using Gal.Hosting.Jobs;
using Gal.ModelServing.Work;
using Gal.V1;

namespace Gal.Generation.Jobs;

/// <summary>Runs generations: each batch is stored before the next begins, and a restart goes on at the first one that is not.</summary>
internal sealed class GenerationRunner(SamplingPlanner planner, BatchSampler batches, TimeProvider time) : IJobRunner<CreateGenerationRequest, V1.Generation, GenerationEvent>
{
    public string Collection => "generations";

    public Task ValidateAsync(CreateGenerationRequest request, CancellationToken cancellationToken) => PlanAsync(request, cancellationToken);

    public V1.Generation CreateResource(CreateGenerationRequest request) => new() { Progress = new() { ImageCount = request.Images.Count } };

    public void Restore(V1.Generation resource, IReadOnlyList<GenerationEvent> events)
    {
        resource.Images.Clear();
        resource.Images.AddRange(events.Where(e => e.EventCase == GenerationEvent.EventOneofCase.Image).Select(e => e.Image));
        resource.Warnings.Clear();
        resource.Warnings.AddRange(events.Where(e => e.EventCase == GenerationEvent.EventOneofCase.Warning).Select(e => e.Warning));
        resource.Progress.FinishedImageCount = resource.Images.Count;
    }

    public GenerationEvent ReportQueuePosition(V1.Generation resource, int position)
    {
        resource.Progress.QueuePosition = position;
        return new() { Progress = resource.Progress.Clone() };
    }

    public void Summarize(V1.Generation resource) => resource.Images.Clear();

    public async Task RunAsync(Job<CreateGenerationRequest, V1.Generation, GenerationEvent> job, CancellationToken cancellationToken)
    {
        var plan = await PlanAsync(job.Request, cancellationToken);
        foreach (var warning in await planner.FindWarningsAsync(plan, cancellationToken))
        {
            job.Warn(warning);
        }

        var before = job.Snapshot();
        var done = before.Images.Select(i => i.Index).ToHashSet();
        var clock = new WorkClock(time);
        clock.Add(before.WorkTimes);
        await batches.RunAsync(plan, done.Contains, storeArtifacts: true, clock, Report, Deliver, cancellationToken);

        void Report(SamplingProgress progress) => job.Report(resource =>
        {
            resource.Progress = progress;
            clock.WriteTo(resource.WorkTimes);
            return new() { Progress = progress.Clone() };
        });

        Task Deliver(IReadOnlyList<GeneratedImage> images)
        {
            // A torn write may have kept a part of this batch; the same bits are not told twice.
            var missing = images.Where(i => done.Add(i.Index)).ToList();
            job.Append([.. missing.Select(i => new GenerationEvent { Image = i.Clone() })], resource =>
            {
                resource.Images.AddRange(missing);
                clock.WriteTo(resource.WorkTimes);
            });
            job.Save(Summarize);
            return Task.CompletedTask;
        }
    }

    private Task<SamplingPlan> PlanAsync(CreateGenerationRequest request, CancellationToken cancellationToken) =>
        planner.PlanAsync(request.Model, request.Settings, request.Images, request.IpAdapter, cancellationToken);
}
