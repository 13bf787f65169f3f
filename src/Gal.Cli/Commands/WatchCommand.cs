using Gal.Cli.Errors;
using Gal.Cli.Following;
using Gal.Cli.Sessions;
using Gal.Cli.Terminals;
using Gal.V1;
using Grpc.Core;
using Spectre.Console.Cli;

namespace Gal.Cli.Commands;

/// <summary>Shows a run that goes on elsewhere; Ctrl-C stops watching, not the run.</summary>
internal sealed class WatchCommand(Terminal terminal) : AsyncCommand<RunTargetOptions>
{
    /// <inheritdoc/>
    public override async Task<int> ExecuteAsync(CommandContext context, RunTargetOptions options, CancellationToken cancellationToken)
    {
        var target = RunTarget.Of(options.Run, options.Connect);
        using var connection = target.Open();
        var client = new CoordinatorService.CoordinatorServiceClient(connection.Invoker);
        var run = await client.GetRunAsync(new GetRunRequest { Name = target.Run }, cancellationToken: cancellationToken);
        var tracker = new RunTracker(run.Settings, terminal.Time);
        try
        {
            await terminal.RunView(options.Json).ShowAsync(run, tracker, new RunFollower(client, terminal.Time).EventsAsync(run.Name, 0, cancellationToken), cancellationToken);
        }
        catch (Exception exception) when (cancellationToken.IsCancellationRequested && exception is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled })
        {
            terminal.Note("Stopped watching; the run goes on.", options.Json);
            return ExitCodes.Cancelled;
        }
        return tracker.State == JobState.Succeeded ? ExitCodes.Ok : ExitCodes.Failed;
    }
}
