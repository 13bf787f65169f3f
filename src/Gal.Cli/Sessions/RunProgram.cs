using System.Diagnostics;
using Gal.Cli.Errors;
using Gal.Cli.Results;
using Gal.Cli.RunFiles;
using Gal.Cli.RunFolders;
using Gal.Cli.Services;
using Gal.Cli.Terminals;
using Gal.Cli.Views;
using Gal.Hosting.Clients;
using Gal.Training.Memory;
using Gal.V1;

namespace Gal.Cli.Sessions;

/// <summary>A run from its file to its report: starts the services where none are named, drives a <see cref="RunSession"/>, and writes what is left behind.</summary>
internal sealed class RunProgram(Terminal terminal, bool json)
{
    /// <summary>Runs a run file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="outFolder">Where the user wants the results; null for the default.</param>
    /// <param name="connect">The coordinator to use; null to start the services in this process.</param>
    /// <param name="cancellationToken">Cancels the run.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> StartAsync(RunFile file, string? outFolder, string? connect, CancellationToken cancellationToken)
    {
        var model = connect is null ? ModelFolders.Find(file.Settings.Model) : null;
        var scoringModel = connect is null && file.Settings.ScoringModel.Length > 0 ? ModelFolders.Find(file.Settings.ScoringModel) : model;
        var folder = RunFolder.Create(outFolder, file.Name, terminal.Time);
        try
        {
            terminal.Note($"{file.Name}: results go to {Paths.Short(folder.Path)}", json);
            if (model is not null)
            {
                terminal.Note($"training needs about {MemoryNeed.Text(MemoryNeed.Of(model, file.Settings.Training ?? new(), file.Settings.PriorPreservation is not null))} of memory at its peak; {MemoryNeed.Text(MemoryNeed.Available())} can be had", json);
            }
            var ticket = new RunTicket(null, Guid.NewGuid().ToString("N"), connect, null, model, scoringModel);
            return await DriveAsync(folder, ticket, session => session.CreateAsync(WithoutPaths(file.Settings, model), ticket.RequestId, cancellationToken), cancellationToken);
        }
        finally
        {
            folder.DiscardIfUnused();
        }
    }

    /// <summary>Goes on with the run of a folder.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> ResumeAsync(RunFolder folder, CancellationToken cancellationToken)
    {
        var ticket = folder.ReadTicket();
        return await DriveAsync(folder, ticket, session => session.ResumeAsync(ticket.Run, cancellationToken), cancellationToken);
    }

    private async Task<int> DriveAsync(RunFolder folder, RunTicket ticket, Func<RunSession, Task<Run>> begin, CancellationToken cancellationToken)
    {
        using var folderLock = folder.Lock();
        using var log = new FileLog(folder.Log, terminal.Time);
        using var tally = new WorkTally();
        await using var local = ticket.Coordinator is null ? await StartServicesAsync(folder, ticket, log, cancellationToken) : null;
        using var remote = ticket.Coordinator is { } address ? ServiceChannel.Open(address, ServiceNames.Coordinator) : null;
        var session = new RunSession(folder, local?[ServiceKinds.Coordinator] ?? remote!.Invoker, terminal, json, $"gal resume {Paths.Short(folder.Path)}");
        // Written first: killed between the two, the run is still found.
        folder.Write(ticket);
        var run = await begin(session);
        folder.Write(ticket with { Run = run.Name, Socket = local?.Addresses[ServiceKinds.Coordinator] });
        var (before, memory) = (run.WorkTimes.Clone(), new MemoryByRound(run.Rounds.Count));
        var ended = await session.FollowAsync(run, memory.Enter, cancellationToken);
        TimeAccount Account() => local is null
            ? new TimeAccount(SinceProcessStart(), TimeAccount.Since(ended.WorkTimes, before), new Dictionary<int, long>())
            : new TimeAccount(SinceProcessStart(), tally.Times, memory.Peaks);
        await new RunResults(folder, session.Artifacts).WriteAsync(ended, ticket.Model, Account().ToRunAccount(), cancellationToken);
        // Anew: the report took its time, too.
        Report(folder, ended, Account());
        return ExitCodes.Ok;
    }

    private static Task<LocalServices> StartServicesAsync(RunFolder folder, RunTicket ticket, FileLog log, CancellationToken cancellationToken)
    {
        var model = ticket.Model ?? ModelFolders.Find("");
        return LocalServices.StartAsync(ServiceKinds.All, folder.State, model, ticket.ScoringModel ?? model, log.Configure, cancellationToken);
    }

    // Services know models by name; the folder that this process gave them is their default.
    private static RunSettings WithoutPaths(RunSettings settings, string? model)
    {
        var sent = settings.Clone();
        if (model is not null)
        {
            (sent.Model, sent.ScoringModel) = ("", "");
        }
        return sent;
    }

    private TimeSpan SinceProcessStart() => terminal.Time.GetUtcNow() - Process.GetCurrentProcess().StartTime.ToUniversalTime();

    private void Report(RunFolder folder, Run run, TimeAccount account)
    {
        var output = json ? terminal.Error : terminal.Out;
        if (RunSummary.Metrics(run.Rounds) is { } metrics)
        {
            output.Write(metrics);
        }
        output.Write(RunSummary.Account(account));
        terminal.Note($"\n{Paths.Short(folder.Path)} holds report.html (open it in a browser), record.json, the pictures in rounds, and the model in checkpoint.", json);
    }
}
