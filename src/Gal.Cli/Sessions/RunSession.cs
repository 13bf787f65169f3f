using System.Runtime.CompilerServices;
using Gal.Cli.Errors;
using Gal.Cli.Following;
using Gal.Cli.RunFolders;
using Gal.Cli.Terminals;
using Gal.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Gal.Cli.Sessions;

/// <summary>One run as a user sees it: asked for, watched, stopped by Ctrl-C, and its pictures brought into its folder.</summary>
/// <param name="folder">The run's folder.</param>
/// <param name="invoker">Calls the coordinator.</param>
/// <param name="terminal">Where to show it.</param>
/// <param name="json">Whether the output is for a script.</param>
/// <param name="resumeBy">The command that goes on after a stop.</param>
internal sealed class RunSession(RunFolder folder, CallInvoker invoker, Terminal terminal, bool json, string resumeBy)
{
    // A cancelled run stops within one training or denoising step; large models on a CPU take a while for one.
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopPause = TimeSpan.FromMilliseconds(200);

    private readonly CoordinatorService.CoordinatorServiceClient _coordinator = new(invoker);

    /// <summary>Reads artifacts through the coordinator.</summary>
    public ArtifactReader Artifacts { get; } = new(new ArtifactService.ArtifactServiceClient(invoker));

    /// <summary>Asks for a run. The pictures go ahead as artifacts, since there may be more of them than a message holds; then the request is written down, and asked.</summary>
    public async Task<Run> CreateAsync(RunSettings settings, string requestId, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder.State);
        // The first call says which address does not answer; one that streams would only say that its stream broke.
        await _coordinator.GetCapabilitiesAsync(new GetCapabilitiesRequest(), cancellationToken: cancellationToken);
        foreach (var reference in settings.Subject.References)
        {
            reference.Image = new Image { Artifact = await Artifacts.StoreAsync(reference.Image.Data, cancellationToken) };
        }
        var request = new CreateRunRequest { RequestId = requestId, Settings = settings };
        await File.WriteAllTextAsync(folder.Request, JsonFormatter.Default.Format(request), cancellationToken);
        return await _coordinator.CreateRunAsync(request, cancellationToken: cancellationToken);
    }

    /// <summary>The run as it stands.</summary>
    public async Task<Run> GetAsync(string name, CancellationToken cancellationToken) =>
        await _coordinator.GetRunAsync(new GetRunRequest { Name = name }, cancellationToken: cancellationToken);

    /// <summary>Makes a stopped run go on; leaves one that goes on by itself alone.</summary>
    /// <param name="name">Its name; null if it was not written down, and then it is asked for again: the same request gives the same run.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    public async Task<Run> ResumeAsync(string? name, CancellationToken cancellationToken)
    {
        name ??= (await AskAgainAsync(cancellationToken)).Name;
        var run = await GetAsync(name, cancellationToken);
        if (run.State == JobState.Succeeded)
        {
            return run;
        }
        try
        {
            return await _coordinator.ResumeRunAsync(new ResumeRunRequest { Name = name }, cancellationToken: cancellationToken);
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.FailedPrecondition)
        {
            // It goes on already: a coordinator that was started again continues its unfinished runs by itself.
            return run;
        }
    }

    private async Task<Run> AskAgainAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(folder.Request))
        {
            throw CliException.BadInput($"{folder.Path} was stopped before its run was asked for; start it again with another folder.");
        }
        var request = JsonParser.Default.Parse<CreateRunRequest>(await File.ReadAllTextAsync(folder.Request, cancellationToken));
        return await _coordinator.CreateRunAsync(request, cancellationToken: cancellationToken);
    }

    /// <summary>Shows the run to its end and brings its pictures; cancels it when the token says so.</summary>
    /// <param name="run">The run as it stands.</param>
    /// <param name="roundStarted">Hears the number of each round, those before this call included.</param>
    /// <param name="cancellationToken">Cancels the run.</param>
    /// <returns>The run at its end.</returns>
    /// <exception cref="CliException">It failed or was cancelled.</exception>
    public async Task<Run> FollowAsync(Run run, Action<int>? roundStarted, CancellationToken cancellationToken)
    {
        var tracker = new RunTracker(run.Settings, terminal.Time);
        var events = new RunFollower(_coordinator, terminal.Time).EventsAsync(run.Name, 0, cancellationToken);
        try
        {
            await terminal.RunView(json).ShowAsync(run, tracker, ExportAsync(SinceLeftOff(events, run), roundStarted, cancellationToken), cancellationToken);
        }
        catch (Exception exception) when (cancellationToken.IsCancellationRequested && exception is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled })
        {
            await StopAsync(run.Name);
            throw new CliException(ExitCodes.Cancelled, $"Stopped; what was done is kept. Go on with: {resumeBy}", exception);
        }
        var ended = await GetAsync(run.Name, cancellationToken);
        return ended.State switch
        {
            JobState.Succeeded => ended,
            JobState.Cancelled => throw new CliException(ExitCodes.Cancelled, $"The run was cancelled; what was done is kept. Go on with: {resumeBy}"),
            _ => throw new CliException(ExitCodes.Failed, $"The run failed: {ended.Error?.Message}\nWhat was done is kept. Once the cause is gone, go on with: {resumeBy}"),
        };
    }

    // All is told again to fill the display, but for the states that are over: "cancelled" would be read as now.
    private static async IAsyncEnumerable<RunEvent> SinceLeftOff(IAsyncEnumerable<RunEvent> events, Run run)
    {
        await foreach (var runEvent in events)
        {
            if (runEvent.EventCase != RunEvent.EventOneofCase.State || runEvent.SequenceNumber >= run.LastSequenceNumber)
            {
                yield return runEvent;
            }
        }
    }

    // The user looks at a round's pictures while the next one trains.
    private async IAsyncEnumerable<RunEvent> ExportAsync(IAsyncEnumerable<RunEvent> events, Action<int>? roundStarted, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var exporter = new PictureExporter(folder, Artifacts);
        await foreach (var runEvent in events.WithCancellation(cancellationToken))
        {
            if (runEvent.EventCase == RunEvent.EventOneofCase.SamplingFinished)
            {
                await exporter.ExportAnchorsAsync(runEvent.SamplingFinished, cancellationToken);
            }
            else if (runEvent.EventCase == RunEvent.EventOneofCase.EvaluationFinished)
            {
                await exporter.ExportEvaluationAsync(runEvent.EvaluationFinished, cancellationToken);
            }
            else if (runEvent.EventCase == RunEvent.EventOneofCase.TrainingFinished)
            {
                await exporter.ExportTrainingAsync(runEvent.TrainingFinished, cancellationToken);
            }
            else if (runEvent.EventCase == RunEvent.EventOneofCase.RoundStarted)
            {
                roundStarted?.Invoke(runEvent.RoundNumber);
            }
            yield return runEvent;
        }
    }

    private async Task StopAsync(string name)
    {
        terminal.Note("Stopping after this step (Ctrl-C again ends at once) …", json);
        using var patience = new CancellationTokenSource(StopPatience, terminal.Time);
        try
        {
            var run = await _coordinator.CancelRunAsync(new CancelRunRequest { Name = name }, cancellationToken: patience.Token);
            while (run.State is JobState.Running or JobState.Queued)
            {
                await Task.Delay(StopPause, terminal.Time, patience.Token);
                run = await GetAsync(name, patience.Token);
            }
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.FailedPrecondition)
        {
            // It ended in the same moment.
        }
        catch (Exception exception) when (patience.IsCancellationRequested && exception is OperationCanceledException or RpcException)
        {
            // The record is written before it is acted on, so ending now loses at most the current step.
        }
    }
}
