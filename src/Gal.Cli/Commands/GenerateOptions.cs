using System.ComponentModel;
using System.Globalization;
using System.Text;
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
    [Description("What a training made: a run's folder, a model folder, a .safetensors file (UNet, LoRA, Textual Inversion or Custom Diffusion), or sha256:… at the service.")]
    public string? Checkpoint { get; init; }

    [CommandOption("--lora <FILE[:SCALE]>")]
    [Description("Add a LoRA (diffusers' or kohya's names) with a strength, 1 if left out; may be given several times.")]
    public string[] Loras { get; init; } = [];

    [CommandOption("--embedding <FILE>")]
    [Description("Add a Textual Inversion embedding's word (diffusers' form; or A1111's, whose word is the file's name); may be given several times.")]
    public string[] Embeddings { get; init; } = [];

    [CommandOption("--custom-diffusion <FILE>")]
    [Description("Take Custom Diffusion's keys and values (pytorch_custom_diffusion_weights.safetensors).")]
    public string[] CustomDiffusions { get; init; } = [];

    [CommandOption("--ip-adapter <FILE>")]
    [Description("Draw after the picture of --image-prompt with this IP-Adapter (ip-adapter_sd15.safetensors).")]
    public string? IpAdapter { get; init; }

    [CommandOption("--image-prompt <PICTURE>")]
    [Description("The picture that --ip-adapter reads.")]
    public string? ImagePrompt { get; init; }

    [CommandOption("--image-encoder <FOLDER>")]
    [Description("The CLIP vision tower that --ip-adapter was trained with: a folder with config.json and model.safetensors. Default: image_encoder/ in the model's folder, or else its clip/.")]
    public string? ImageEncoder { get; init; }

    [CommandOption("--ip-adapter-scale <SCALE>")]
    [Description("How much the picture counts, 0 to 10; 1 as trained. Default 1.")]
    public string? IpAdapterScale { get; init; }

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
    [Description("dpm_solver_pp_2m, dpm_solver_pp_2m_karras, ddpm, ddim, pndm, euler, euler_ancestral or uni_pc. Default dpm_solver_pp_2m.")]
    public string? Scheduler { get; init; }

    [CommandOption("--eta <SHARE>")]
    [Description("DDIM's share of DDPM's noise, 0 to 1. Default 0.")]
    public string? Eta { get; init; }

    [CommandOption("--width <PIXELS>")]
    [Description("Default: the model's own size.")]
    public string? Width { get; init; }

    [CommandOption("--height <PIXELS>")]
    [Description("Default: the model's own size.")]
    public string? Height { get; init; }

    [CommandOption("--dtype <TYPE>")]
    [Description("float32, bfloat16 or float16. Default: float32 on a processor, float16 on a card.")]
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
        string[] prompts = [.. Prompts, .. PromptFile is null ? [] : ReadPrompts(PromptFile)];
        const int maxImages = 1024;
        return (prompts.Length, prompts.Length * (long)Count) switch
        {
            (0, _) => throw CliException.BadInput("There is no prompt. Give one in quotes: gal generate \"a cat in a forest\"."),
            (_, > maxImages) => throw CliException.BadInput($"{prompts.Length} prompts with {Count} images each make {prompts.Length * (long)Count:N0}; at most {maxImages:N0} in one go. Lower --count or split the prompts."),
            _ => prompts,
        };
    }

    private static IEnumerable<string> ReadPrompts(string file)
    {
        try
        {
            return TextFile.Read(file).ReplaceLineEndings("\n").Split('\n').Where(line => !string.IsNullOrWhiteSpace(line));
        }
        catch (DecoderFallbackException)
        {
            throw CliException.BadInput($"--prompts: {Path.GetFullPath(file)} is not UTF-8 text; save it as UTF-8, one prompt a line.");
        }
    }

    /// <summary>The sampling settings, held to the contract's rules.</summary>
    /// <exception cref="CliException">Names every option that is wrong.</exception>
    public SamplingSettings Sampling()
    {
        var settings = new SamplingSettings();
        (string Option, string Field, string? Text)[] given =
        [
            ("--steps", "inference_step_count", Steps), ("--guidance", "guidance_scale", Guidance), ("--scheduler", "scheduler", Scheduler), ("--eta", "eta", Eta),
            ("--width", "width", Width), ("--height", "height", Height), ("--dtype", "dtype", Dtype), ("--batch", "batch_size", Batch),
        ];
        var problems = given.Where(option => option.Text is not null).Select(option => Set(settings, option.Option, option.Field, option.Text!)).OfType<string>().ToList();
        if (settings.HasEta && settings.Scheduler != V1.Scheduler.Ddim)
        {
            problems.Add("--eta is DDIM's alone; leave it out or give --scheduler ddim.");
        }
        return problems.Count == 0 ? settings : throw CliException.BadInput(string.Join('\n', problems));
    }

    /// <summary>The IP-Adapter with its picture, its artifact still to be set; null without one.</summary>
    /// <exception cref="CliException">One of the two is missing, the picture cannot be read, or the scale is out of range.</exception>
    public IpAdapter? PicturePrompt()
    {
        if ((IpAdapter is null) != (ImagePrompt is null))
        {
            throw CliException.BadInput("--ip-adapter and --image-prompt belong together: give the adapter's file and the picture.");
        }
        if (IpAdapter is null && (ImageEncoder is not null || IpAdapterScale is not null))
        {
            throw CliException.BadInput($"{(ImageEncoder is not null ? "--image-encoder" : "--ip-adapter-scale")} is an IP-Adapter's; give --ip-adapter and --image-prompt, too.");
        }
        if (IpAdapter is null)
        {
            return null;
        }
        var adapter = new IpAdapter();
        var problem = IpAdapterScale is null ? null : Set(adapter, "--ip-adapter-scale", "scale", IpAdapterScale);
        var (bytes, pictureProblem) = PictureFile.Read(ImagePrompt!);
        adapter.Image = new Image { Data = Google.Protobuf.ByteString.CopyFrom(bytes) };
        return problem is not null ? throw CliException.BadInput(problem)
            : pictureProblem is not null ? throw CliException.BadInput($"--image-prompt: {pictureProblem}")
            : adapter;
    }

    private static string? Set(Google.Protobuf.IMessage settings, string option, string fieldName, string text)
    {
        FieldDescriptor field = settings.Descriptor.FindFieldByName(fieldName);
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
