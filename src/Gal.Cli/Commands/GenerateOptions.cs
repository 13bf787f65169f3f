using System.ComponentModel;
using System.Globalization;
using Gal.Cli.Errors;
using Gal.Cli.RunFiles;
using Gal.V1;
using Google.Protobuf.Reflection;
using Spectre.Console.Cli;

namespace Gal.Cli.Commands;

/// <summary>What to sample.</summary>
internal sealed class GenerateOptions : CommandSettings
{
    [CommandArgument(0, "[PROMPTS]")]
    [Description("What to draw; quote each prompt.")]
    public string[] Prompts { get; init; } = [];

    [CommandOption("--prompts <FILE>")]
    [Description("A text file with one prompt a line.")]
    public string? PromptFile { get; init; }

    [CommandOption("--seed <NUMBER>")]
    [Description("The first image's seed. Default 0.")]
    public long Seed { get; init; }

    [CommandOption("--count <NUMBER>")]
    [Description("Images a prompt, with seeds one after the other. Default 1.")]
    [DefaultValue(1)]
    public int Count { get; init; } = 1;

    [CommandOption("--checkpoint <PATH>")]
    [Description("Fine-tuned weights: a run's folder, a model folder, a .safetensors file with a UNet, or sha256:… at the service.")]
    public string? Checkpoint { get; init; }

    [CommandOption("--model <MODEL>")]
    [Description("A model folder, or a name under models/. Default: emoji-sd.")]
    public string Model { get; init; } = "";

    [CommandOption("--negative <PROMPT>")]
    [Description("What to steer away from.")]
    public string Negative { get; init; } = "";

    [CommandOption("--steps <COUNT>")]
    [Description("Denoising steps, 1 to 1,000. Default 20.")]
    public string? Steps { get; init; }

    [CommandOption("--guidance <SCALE>")]
    [Description("Guidance scale, 0 to 100; at most 1 samples without guidance. Default 7.5; 4 suits the shipped model.")]
    public string? Guidance { get; init; }

    [CommandOption("--scheduler <NAME>")]
    [Description("dpm_solver_pp_2m or ddpm. Default dpm_solver_pp_2m.")]
    public string? Scheduler { get; init; }

    [CommandOption("--width <PIXELS>")]
    [Description("Default: the model's own size.")]
    public string? Width { get; init; }

    [CommandOption("--height <PIXELS>")]
    [Description("Default: the model's own size.")]
    public string? Height { get; init; }

    [CommandOption("--dtype <TYPE>")]
    [Description("float32 or bfloat16. Default float32.")]
    public string? Dtype { get; init; }

    [CommandOption("--batch <COUNT>")]
    [Description("Images denoised together, 1 to 256. Default: the service's choice.")]
    public string? Batch { get; init; }

    [CommandOption("--out <FOLDER>")]
    [Description("Where the images go. Default: out/generated-DATE-TIME.")]
    public string? Out { get; init; }

    [CommandOption("--connect <URL>")]
    [Description("Use a generation service elsewhere (http://127.0.0.1:5101) instead of starting one.")]
    public string? Connect { get; init; }

    [CommandOption("--json")]
    [Description("One JSON object a line for each image.")]
    public bool Json { get; init; }

    /// <summary>The seeds of each prompt's images.</summary>
    public IEnumerable<long> Seeds => Enumerable.Range(0, Count).Select(i => Seed + i);

    /// <summary>The prompts of the command line and of the file.</summary>
    /// <exception cref="CliException">There are none, or too many images.</exception>
    public IReadOnlyList<string> AllPrompts()
    {
        if (Count < 1)
        {
            throw CliException.BadInput($"--count is {Count}; it must be at least 1.");
        }
        if (PromptFile is not null && !File.Exists(PromptFile))
        {
            throw CliException.BadInput($"--prompts: there is no file {Path.GetFullPath(PromptFile)}.");
        }
        string[] prompts = [.. Prompts, .. PromptFile is null ? [] : File.ReadAllLines(PromptFile).Where(line => !string.IsNullOrWhiteSpace(line))];
        const int maxImages = 1024;
        return (prompts.Length, prompts.Length * (long)Count) switch
        {
            (0, _) => throw CliException.BadInput("There is no prompt. Give one in quotes: gal generate \"a cat in a forest\"."),
            (_, > maxImages) => throw CliException.BadInput($"{prompts.Length} prompts with {Count} images each make {prompts.Length * (long)Count:N0}; at most {maxImages:N0} in one go. Lower --count or split the prompts."),
            _ => prompts,
        };
    }

    /// <summary>The sampling settings, held to the contract's rules.</summary>
    /// <exception cref="CliException">Names every option that is wrong.</exception>
    public SamplingSettings Sampling()
    {
        var settings = new SamplingSettings();
        (string Option, string Field, string? Text)[] given =
        [
            ("--steps", "inference_step_count", Steps), ("--guidance", "guidance_scale", Guidance), ("--scheduler", "scheduler", Scheduler),
            ("--width", "width", Width), ("--height", "height", Height), ("--dtype", "dtype", Dtype), ("--batch", "batch_size", Batch),
        ];
        var problems = given.Where(option => option.Text is not null).Select(option => Set(settings, option.Option, option.Field, option.Text!)).OfType<string>().ToArray();
        return problems.Length == 0 ? settings : throw CliException.BadInput(string.Join('\n', problems));
    }

    private static string? Set(SamplingSettings settings, string option, string fieldName, string text)
    {
        FieldDescriptor field = SamplingSettings.Descriptor.FindFieldByName(fieldName);
        var (value, wanted) = ScalarText.Read(text, field);
        if (value is null)
        {
            return $"{option} is '{text}'; it must be {wanted}.";
        }
        if (FieldRuleText.Violation(field, value) is { } rule)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{option} is {value}; {rule}.");
        }
        field.Accessor.SetValue(settings, value);
        return null;
    }
}
