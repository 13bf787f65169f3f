using Gal.Cli.Errors;
using Gal.Cli.Sessions;
using Gal.Cli.Terminals;
using Gal.V1;
using Spectre.Console.Cli;

namespace Gal.Cli.Commands;

/// <summary>Stops a run within one step.</summary>
internal sealed class CancelCommand(Terminal terminal) : AsyncCommand<RunTargetOptions>
{
    /// <inheritdoc/>
    public override async Task<int> ExecuteAsync(CommandContext context, RunTargetOptions options, CancellationToken cancellationToken)
    {
        var target = RunTarget.Of(options.Run, options.Connect);
        using var connection = target.Open();
        var client = new CoordinatorService.CoordinatorServiceClient(connection.Invoker);
        await client.CancelRunAsync(new CancelRunRequest { Name = target.Run }, cancellationToken: cancellationToken);
        terminal.Note($"{target.Run} stops after its current step; what was done is kept, and \"gal resume\" goes on from there.", options.Json);
        return ExitCodes.Ok;
    }
}
