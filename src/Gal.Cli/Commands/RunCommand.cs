using System.ComponentModel;
using Gal.Cli.RunFiles;
using Gal.Cli.Sessions;
using Gal.Cli.Terminals;
using Spectre.Console.Cli;

namespace Gal.Cli.Commands;

/// <summary>Personalises a model as a run file says.</summary>
internal sealed class RunCommand(Terminal terminal) : AsyncCommand<RunCommand.Options>
{
    /// <summary>The command's arguments.</summary>
    internal sealed class Options : RunFileOptions
    {
        [CommandOption("--out <FOLDER>")]
        [Description("The folder for report, record, pictures and checkpoint; must be new or empty. Default: out/NAME-DATE-TIME.")]
        public string? Out { get; init; }

        [CommandOption("--connect <URL>")]
        [Description("Use a coordinator elsewhere (http://host:5100 or unix:/path) instead of starting the four services in this process.")]
        public string? Connect { get; init; }

        [CommandOption("--json")]
        [Description("One JSON object a line for each event; everything for people goes to standard error.")]
        public bool Json { get; init; }
    }

    /// <inheritdoc/>
    public override async Task<int> ExecuteAsync(CommandContext context, Options options, CancellationToken cancellationToken)
    {
        var file = RunFileReader.Read(options.File, [.. options.Overrides]);
        return await new RunProgram(terminal, options.Json).StartAsync(file, options.Out, options.Connect, cancellationToken);
    }
}
