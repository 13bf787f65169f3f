using System.ComponentModel;
using Gal.Cli.Errors;
using Gal.Cli.Results;
using Gal.Cli.Services;
using Gal.Cli.Sessions;
using Gal.Cli.Terminals;
using Gal.Cli.Views;
using Gal.Hosting;
using Gal.Hosting.Clients;
using Gal.V1;
using Google.Protobuf;
using Spectre.Console;
using Spectre.Console.Cli;

namespace Gal.Cli.Commands;

/// <summary>Says how a run stands, or which runs a coordinator has.</summary>
internal sealed class StatusCommand(Terminal terminal) : AsyncCommand<StatusCommand.Options>
{
    private const int PageSize = 50;

    /// <summary>The command's arguments.</summary>
    internal sealed class Options : CommandSettings
    {
        [CommandArgument(0, "[RUN]")]
        [Description("A run's folder, or its name at a coordinator. Without it: the coordinator's newest runs.")]
        public string? Run { get; init; }

        [CommandOption("--connect <URL>")]
        [Description("The coordinator. Default: http://127.0.0.1:5100.")]
        public string? Connect { get; init; }

        [CommandOption("--json")]
        [Description("The contract's JSON form.")]
        public bool Json { get; init; }
    }

    /// <inheritdoc/>
    public override async Task<int> ExecuteAsync(CommandContext context, Options options, CancellationToken cancellationToken)
    {
        if (options.Run is { } name)
        {
            await using var coordinator = await RunCoordinator.OpenAsync(name, options.Connect, ServiceKinds.Coordinator, terminal.Time, cancellationToken);
            var run = await new CoordinatorService.CoordinatorServiceClient(coordinator.Invoker).GetRunAsync(new GetRunRequest { Name = coordinator.Run }, cancellationToken: cancellationToken);
            Show(run, options.Json, () => ShowRun(run));
        }
        else
        {
            using var connection = ServiceChannel.Open(options.Connect ?? DefaultAddresses.Coordinator, ServiceNames.Coordinator);
            var runs = await new CoordinatorService.CoordinatorServiceClient(connection.Invoker).ListRunsAsync(new ListRunsRequest { PageSize = PageSize }, cancellationToken: cancellationToken);
            Show(runs, options.Json, () => ShowRuns(runs));
        }
        return ExitCodes.Ok;
    }

    private void Show(IMessage message, bool json, Action show)
    {
        if (json)
        {
            terminal.Writer.WriteLine(JsonFormatter.Default.Format(message));
        }
        else
        {
            show();
        }
    }

    private void ShowRun(Run run)
    {
        var round = run.Rounds.LastOrDefault();
        terminal.Out.WriteLine($"{run.Name} ({run.Settings.DisplayName}) {RunTexts.Sentence(run.State)}; round {round?.Number ?? 0} of {run.Settings.ActiveLearning?.MaxRoundCount}.");
        if (run.State == JobState.Succeeded)
        {
            terminal.Out.WriteLine($"It stopped because {RunTexts.Of(run.StopReason, run.Settings)}.");
        }
        if (run.Error is { } error)
        {
            terminal.Out.WriteLine(error.Message);
        }
        if (RunSummary.Metrics(run.Rounds) is { } metrics)
        {
            terminal.Out.Write(metrics);
        }
        if (run.Rounds.LastOrDefault(r => r.Selections.Count > 0) is { } selected)
        {
            terminal.Out.Write(RoundTable.Of(selected, run.Settings));
        }
    }

    private void ShowRuns(ListRunsResponse runs)
    {
        if (runs.Runs.Count == 0)
        {
            terminal.Out.WriteLine("The coordinator has no runs yet. Start one with: gal run FILE.yaml --connect URL");
            return;
        }
        var table = new Table().Border(TableBorder.Rounded).AddColumns("run", "name", "state", "began");
        foreach (var run in runs.Runs)
        {
            table.AddRow(new Text(run.Name), new Text(run.Settings?.DisplayName ?? ""), new Text(RunTexts.Of(run.State)), new Text(run.CreateTime?.ToDateTimeOffset().LocalDateTime.ToString("yyyy-MM-dd HH:mm") ?? ""));
        }
        terminal.Out.Write(table);
        if (runs.NextPageToken.Length > 0)
        {
            terminal.Out.WriteLine($"… and older ones; these are the newest {PageSize}.");
        }
    }
}
