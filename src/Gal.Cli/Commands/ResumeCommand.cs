using System.ComponentModel;
using Gal.Cli.RunFolders;
using Gal.Cli.Sessions;
using Gal.Cli.Terminals;
using Spectre.Console.Cli;

namespace Gal.Cli.Commands;

/// <summary>Goes on with a run that was stopped, killed or failed.</summary>
internal sealed class ResumeCommand(Terminal terminal) : AsyncCommand<ResumeCommand.Options>
{
    /// <summary>The command's arguments.</summary>
    internal sealed class Options : CommandSettings
    {
        [CommandArgument(0, "<FOLDER>")]
        [Description("The run's folder.")]
        public string Folder { get; init; } = "";

        [CommandOption("--json")]
        [Description("One JSON object a line for each event.")]
        public bool Json { get; init; }
    }

    /// <inheritdoc/>
    public override Task<int> ExecuteAsync(CommandContext context, Options options, CancellationToken cancellationToken) =>
        new RunProgram(terminal, options.Json).ResumeAsync(RunFolder.Open(options.Folder), cancellationToken);
}
