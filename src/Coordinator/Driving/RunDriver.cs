using Gal.ActiveLearning.Runs;
using Gal.Coordination.Events;
using Gal.Coordination.Services;
using Gal.V1;
using MethodEvent = Gal.ActiveLearning.Runs.RunEvent;

namespace Gal.Coordination.Driving;

/// <summary>Does what a run's state says comes next, stores what came of it, and so on to the end. It decides nothing itself.</summary>
internal sealed class RunDriver(RunTools tools)
{
    private readonly Scorer _scorer = new(tools.Clients.Scoring, tools.Artifacts, tools.Patience);

    /// <summary>Drives the run until it has nothing more to do.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var devices = await SeeDevicesAsync(cancellationToken);
        if (!tools.Journal.State.DevicesSeen)
        {
            await new JudgingWork(tools, _scorer).WarnOfIdentifierAsync(cancellationToken);
            await tools.Journal.AppendAsync(new StoredEvent.DevicesSeen(devices));
        }

        while (tools.Journal.State.Method.Next() is not NextStep.Nothing and var step)
        {
            if (tools.Journal.CancelRequested.IsCancellationRequested && step is NextStep.Record or NextStep.Score)
            {
                throw new OperationCanceledException(tools.Journal.CancelRequested);
            }

            await tools.Journal.AppendAsync(await DoAsync(step, cancellationToken));
        }

        await tools.Journal.AppendAsync(new StoredEvent.PhaseChanged(RunPhase.Succeeded));
    }

    private async Task<StoredEvent> DoAsync(NextStep step, CancellationToken cancellationToken) => step switch
    {
        NextStep.Record s => new StoredEvent.MethodStep(s.Event, []),
        NextStep.MakeClassImages => await new SamplingWork(tools).MakeClassImagesAsync(cancellationToken),
        NextStep.Train s => await new TrainingWork(tools).TrainAsync(s, cancellationToken),
        NextStep.Evaluate s => await EvaluateAsync(s, cancellationToken),
        NextStep.Sample s => await new SamplingWork(tools).SamplePoolAsync(s, cancellationToken),
        NextStep.Score s => await new JudgingWork(tools, _scorer).JudgeAsync(s, cancellationToken),
        _ => throw new InvalidOperationException($"There is no step {step}."),
    };

    private async Task<StoredEvent> EvaluateAsync(NextStep.Evaluate step, CancellationToken cancellationToken)
    {
        var settings = tools.Journal.State.Settings;
        var measuring = new MeasuringWork(settings, settings.Evaluation, _scorer);
        var (images, sampling) = await new SamplingWork(tools).SampleEvaluationAsync(step, measuring.Prompts, cancellationToken);
        var (evaluation, scoring) = await measuring.MeasureAsync(images, cancellationToken);
        return new StoredEvent.MethodStep(new MethodEvent.EvaluationFinished(step.Round, evaluation), [.. sampling, .. scoring]);
    }

    private async Task<IReadOnlyList<SeenDevice>> SeeDevicesAsync(CancellationToken cancellationToken)
    {
        var devices = new List<SeenDevice>();
        foreach (var peer in tools.Clients.Peers)
        {
            var capabilities = await tools.Patience.CallAsync(async () => await peer.GetCapabilities(cancellationToken), cancellationToken);
            tools.Artifacts.Learn(capabilities);
            devices.AddRange(capabilities.Devices.Select(ToSeen));
        }

        // Services of one process share their devices.
        return [.. devices.DistinctBy(d => (d.Name, d.Model))];
    }

    private static SeenDevice ToSeen(Device device) => new(device.Name, device.Model, device.InstructionSet, device.MemoryBytes, device.ThreadCount, [.. device.Dtypes]);
}
