using Gal.Cli.Commands;
using Gal.Cli.Errors;
using Gal.Cli.RunFiles;
using Gal.Cli.RunFolders;
using Gal.Cli.Services;
using Gal.Cli.Terminals;
using Gal.Cli.Views;
using Gal.Reporting;
using Gal.Reporting.Comparison;
using Gal.V1;
using Spectre.Console;

namespace Gal.Cli.Sessions;

/// <summary>Runs every strategy with every seed on one set of services, one after the other. Stopped and started again with the same folder, it goes on where it was: each run has a request id of its own.</summary>
internal sealed class Comparison(Terminal terminal, bool json)
{
    /// <summary>Runs all and writes the table.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(RunFile file, IReadOnlyList<StrategyChoice> choices, int seedCount, string? outFolder, CancellationToken cancellationToken)
    {
        var model = ModelFolders.Find(file.Settings.Model);
        var scoringModel = file.Settings.ScoringModel.Length > 0 ? ModelFolders.Find(file.Settings.ScoringModel) : model;
        var folder = RunFolder.CreateOrReopen(outFolder, $"compare-{file.Name}", terminal.Time);
        using var folderLock = folder.Lock();
        using var log = new FileLog(folder.Log, terminal.Time);
        await using var services = await LocalServices.StartAsync(ServiceKinds.All, folder.State, model, scoringModel, log.Configure, cancellationToken);
        var total = choices.Count * seedCount;
        var entries = new List<ComparedRun>();
        foreach (var (choice, seed) in choices.SelectMany(choice => Enumerable.Range(0, seedCount).Select(i => (choice, file.Settings.Seed + i))))
        {
            terminal.Note($"\n{choice.Label}, seed {seed} (run {entries.Count + 1} of {total})", json);
            var run = await OneAsync(folder, services, choice.Apply(file.Settings, seed), $"{choice.Label}-seed-{seed}", cancellationToken);
            entries.Add(new ComparedRun(choice.Label, run));
        }
        var table = ComparisonTable.Of(entries);
        await table.WriteAsync(folder.Path, cancellationToken);
        Show(table);
        terminal.Note($"\n{Paths.Short(folder.Path)} holds the table as comparison.html, .md and .json, and all reports and records.", json);
        return ExitCodes.Ok;
    }

    private void Show(ComparisonTable table)
    {
        if (json)
        {
            foreach (var row in table.ToJsonLines())
            {
                terminal.Writer.WriteLine(row);
            }
            return;
        }
        var shown = new Table().Border(TableBorder.Rounded).AddColumns([.. ComparisonTable.Columns]);
        foreach (var row in table.Rows)
        {
            shown.AddRow(row.Cells.Select(cell => new Text(cell)));
        }
        terminal.Out.Write(shown);
    }

    private async Task<Run> OneAsync(RunFolder parent, LocalServices services, RunSettings settings, string id, CancellationToken cancellationToken)
    {
        var folder = RunFolder.Inside(parent, id);
        (settings.Model, settings.ScoringModel) = ("", "");
        var session = new RunSession(folder, services[ServiceKinds.Coordinator], terminal, json, $"gal compare with --out {Paths.Short(parent.Path)} and the same options");
        var run = await session.ResumeAsync((await session.CreateAsync(settings, id.Replace('+', '-'), cancellationToken)).Name, cancellationToken);
        var ended = await session.FollowAsync(run, roundStarted: null, cancellationToken);
        // No checkpoint: fifteen copies of a model are gigabytes, and each lies in the state folder already.
        await RunReport.WriteAsync(ended, session.Artifacts.ReadAsync, null, folder.Path, cancellationToken);
        return ended;
    }
}
