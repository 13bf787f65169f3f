using System.ComponentModel;
using Gal.Cli.Errors;
using Gal.Cli.RunFiles;
using Spectre.Console.Cli;

namespace Gal.Cli.Commands;

/// <summary>A run file and the options that change its values.</summary>
internal class RunFileOptions : CommandSettings
{
    [CommandArgument(0, "<FILE>")]
    [Description("The run file, in YAML. Every key: docs/run-file.md.")]
    public string File { get; init; } = "";

    [CommandOption("--set <KEY=VALUE>")]
    [Description("Set any key of the run file by its full path, such as training.step_count=100; may be given several times.")]
    public string[] Set { get; init; } = [];

    [CommandOption("--preset <NAME>")]
    [Description("Fill in what the file leaves out from the paper or from the authors' code: paper or authors.")]
    public string? Preset { get; init; }

    [CommandOption("--rounds <COUNT>")]
    [Description("Rounds at most (active_learning.max_round_count).")]
    public string? Rounds { get; init; }

    [CommandOption("--seed <NUMBER>")]
    [Description("The run's seed (seed): the same seed gives the same run.")]
    public string? Seed { get; init; }

    [CommandOption("--dtype <TYPE>")]
    [Description("What sampling computes in: float32, bfloat16 or float16 (sampling.dtype).")]
    public string? Dtype { get; init; }

    [CommandOption("--model <MODEL>")]
    [Description("A model folder in Hugging Face layout, or a name under models/ (model). Default: emoji-sd.")]
    public string? Model { get; init; }

    [CommandOption("--strategy <NAME>")]
    [Description("How images are chosen: uncertainty, random, clip_feedback or dreambooth (active_learning.strategy).")]
    public string? Strategy { get; init; }

    [CommandOption("--no-balance")]
    [Description("Give selected images the weight 1 instead of their round's openness (active_learning.balance=false).")]
    public bool NoBalance { get; init; }

    /// <summary>What the options say about the run file's keys.</summary>
    public IEnumerable<RunFileOverride> Overrides
    {
        get
        {
            foreach (var set in Set)
            {
                yield return RunFileOverride.Parse(set) ?? throw CliException.BadInput($"--set {set}: it must be KEY=VALUE, such as --set training.step_count=100.");
            }
            (string Option, string Key, string? Value)[] named =
            [
                ("--preset", RunFileKeys.Preset, Preset),
                ("--rounds", "active_learning.max_round_count", Rounds),
                ("--seed", "seed", Seed),
                ("--dtype", "sampling.dtype", Dtype),
                ("--model", "model", Model),
                ("--strategy", "active_learning.strategy", Strategy),
                ("--no-balance", "active_learning.balance", NoBalance ? "false" : null),
            ];
            foreach (var (option, key, value) in named)
            {
                if (value is not null)
                {
                    yield return new RunFileOverride(option, key, value);
                }
            }
        }
    }
}
