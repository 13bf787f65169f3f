using System.ComponentModel;
using Gal.Cli.Errors;
using Gal.Cli.RunFiles;
using Gal.Cli.Sessions;
using Gal.Cli.Terminals;
using Spectre.Console.Cli;

namespace Gal.Cli.Commands;

/// <summary>Runs several strategies with several seeds.</summary>
internal sealed class CompareCommand(Terminal terminal) : AsyncCommand<CompareCommand.Options>
{
    private const int MaxSeedCount = 100;

    /// <summary>The command's arguments.</summary>
    internal sealed class Options : RunFileOptions
    {
        [CommandOption("--strategies <NAMES>")]
        [Description("Rows of the table, with commas between: dreambooth, random, uncertainty, clip_feedback, each also with +balance.")]
        public string Strategies { get; init; } = "dreambooth,random,uncertainty,uncertainty+balance,clip_feedback";

        [CommandOption("--seeds <COUNT>")]
        [Description("Runs a strategy, with seeds from the run file's on. Default 3.")]
        [DefaultValue(3)]
        public int Seeds { get; init; } = 3;

        [CommandOption("--out <FOLDER>")]
        [Description("Where table, reports and records go; the same folder again goes on where it was stopped. Default: out/compare-NAME-DATE-TIME.")]
        public string? Out { get; init; }

        [CommandOption("--json")]
        [Description("One JSON object a line for each event and for each row at the end.")]
        public bool Json { get; init; }
    }

    /// <inheritdoc/>
    public override async Task<int> ExecuteAsync(CommandContext context, Options options, CancellationToken cancellationToken)
    {
        if (options.Strategy is not null || options.NoBalance)
        {
            throw CliException.BadInput("--strategy and --no-balance are for one run; name the rows by --strategies, such as --strategies random,uncertainty+balance.");
        }
        if (options.Seeds is < 1 or > MaxSeedCount)
        {
            throw CliException.BadInput($"--seeds is {options.Seeds}; it must lie in [1, {MaxSeedCount}].");
        }
        var file = RunFileReader.Read(options.File, [.. options.Overrides]);
        if (file.Settings.Evaluation is not { Prompts.Count: > 0 })
        {
            throw CliException.BadInput($"{options.File}: evaluation.prompts is empty; a comparison needs prompts to measure on.");
        }
        var choices = StrategyChoice.ParseAll(options.Strategies);
        return await new Comparison(terminal, options.Json).RunAsync(file, choices, options.Seeds, options.Out, cancellationToken);
    }
}
