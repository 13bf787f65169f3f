using System.ComponentModel;
using System.Text.Json;
using Gal.Cli.Conversion;
using Gal.Cli.Errors;
using Gal.Cli.Services;
using Gal.Cli.Terminals;
using Gal.Cli.Views;
using Gal.Diffusion.Weights;
using Spectre.Console.Cli;
using static TorchSharp.torch;

namespace Gal.Cli.Commands;

/// <summary>Writes a model, a LoRA or an embedding in the form that another tool reads.</summary>
internal sealed class ConvertCommand(Terminal terminal) : AsyncCommand<ConvertCommand.Options>
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>The command's arguments.</summary>
    internal sealed class Options : CommandSettings
    {
        [CommandArgument(0, "<SOURCE>")]
        [Description("A run's folder, a model folder, a single-file model, a LoRA or a Textual Inversion embedding (.safetensors). What it is, is told from its tensors' names.")]
        public string Source { get; init; } = "";

        [CommandArgument(1, "<TARGET>")]
        [Description("The file or folder to write; it must not exist.")]
        public string Target { get; init; } = "";

        [CommandOption("--to <FORM>")]
        [Description("A model: folder or single-file. A LoRA: diffusers, kohya or diffusers-old (before 0.20). An embedding: diffusers or a1111. Default: a folder becomes a single file, a single file a folder.")]
        public string? To { get; init; }

        [CommandOption("--like <MODEL>")]
        [Description("A model folder of the same architecture, or a name under models/: gives a single file's folder its configurations and tokenizer, and a LoRA its layers' names. Its weights are not read. Default: Stable Diffusion 1.5, built in.")]
        public string? Like { get; init; }

        [CommandOption("--type <TYPE>")]
        [Description("The weights' type: float16, bfloat16 or float32. Default: the source's own.")]
        public string? Type { get; init; }

        [CommandOption("--lora <FILE[:SCALE]>")]
        [Description("Make a LoRA part of a model folder's weights, with a strength, 1 if left out; may be given several times.")]
        public string[] Loras { get; init; } = [];

        [CommandOption("--word <WORD>")]
        [Description("An embedding's word in diffusers' form. Default: the source's own; for A1111's form, the source's file name.")]
        public string? Word { get; init; }

        [CommandOption("--json")]
        [Description("Say what was written as one JSON object.")]
        public bool IsJson { get; init; }
    }

    /// <inheritdoc/>
    public override Task<int> ExecuteAsync(CommandContext context, Options options, CancellationToken cancellationToken)
    {
        try
        {
            var conversion = Check(options);
            conversion.Run();
            Tell(conversion, options.IsJson);
            return Task.FromResult(ExitCodes.Ok);
        }
        catch (CheckpointMismatchException exception)
        {
            throw CliException.BadInput($"{exception.Message}\nThe architecture is {(options.Like is null ? "Stable Diffusion 1.5's" : $"that of {options.Like}")}; name a model folder of another with --like.");
        }
        catch (IOException exception) when (exception is not FileNotFoundException)
        {
            throw new CliException(ExitCodes.Failed, $"{Path.GetFullPath(options.Target)} cannot be written, and nothing of it is left: {exception.Message.Split(" : ")[0]}. Free space on its disk, or name a target on another.", exception);
        }
        catch (Exception exception) when (exception is SafetensorsException or ModelConfigException or FileNotFoundException or UnauthorizedAccessException or ArgumentException)
        {
            throw CliException.BadInput(exception.Message);
        }
    }

    private static WeightsConversion Check(Options options)
    {
        var (source, target) = (ConversionSource.Find(options.Source), Path.GetFullPath(options.Target));
        if (Path.Exists(target))
        {
            throw CliException.BadInput($"{target} exists; name a new one.");
        }
        if (!Directory.Exists(Path.GetDirectoryName(target)))
        {
            throw CliException.BadInput($"There is no folder {Path.GetDirectoryName(target)} to write into; make it first.");
        }
        var form = WeightsForms.Choose(options.To, source);
        // Other tools would take it for a pickle.
        if (form != WeightsForm.Folder && Path.GetExtension(target).ToLowerInvariant() is ".ckpt" or ".bin" or ".pt" or ".pth" or ".pkl")
        {
            throw CliException.BadInput($"{target} would be a safetensors file under a pickle's name; name it {Path.GetFileNameWithoutExtension(target)}.safetensors.");
        }
        ScalarType? dtype = options.Type is null ? null : WeightsTypes.Parse("--type", options.Type);
        if (form == WeightsForm.Folder && Directory.Exists(source) && dtype is null && options.Loras.Length == 0)
        {
            throw CliException.BadInput("A folder that becomes a folder changes nothing but the type; add --type float16, bfloat16 or float32, or --lora FILE.");
        }
        if (options.Loras.Length > 0 && !Directory.Exists(source))
        {
            throw CliException.BadInput($"--lora adds to a model folder's weights, but {source} is a file.");
        }
        var loras = AdapterOptions.Read(options.Loras, [], []).Select(lora => (lora.File, lora.Settings.HasScale ? lora.Settings.Scale : 1)).ToList();
        CheckWord(options.Word, form);
        return new(source, target, form, options.Like is null ? null : ModelFolders.Find(options.Like), dtype, loras, options.Word);
    }

    private static void CheckWord(string? word, WeightsForm form)
    {
        if (word is not null && form != WeightsForm.Diffusers)
        {
            throw CliException.BadInput("--word is for an embedding in diffusers' form; in A1111's the word is the file's name.");
        }
        if (word is not null && (word.Length == 0 || word.Any(letter => char.IsWhiteSpace(letter) || letter == '.')))
        {
            throw CliException.BadInput($"--word is '{word}'; it must be one word without white space or dots, for example \"<cat-toy>\".");
        }
    }

    private void Tell(WeightsConversion conversion, bool isJson)
    {
        var bytes = Directory.Exists(conversion.Target)
            ? new DirectoryInfo(conversion.Target).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length)
            : new FileInfo(conversion.Target).Length;
        if (isJson)
        {
            terminal.Writer.WriteLine(JsonSerializer.Serialize(new { conversion.Source, conversion.Target, Form = WeightsForms.NameOf(conversion.Form), Bytes = bytes }, Json));
            return;
        }
        terminal.Note($"Wrote {Paths.Short(conversion.Target)} ({WeightsForms.NameOf(conversion.Form)}, {bytes / 1e6:F1} MB).");
        if (conversion.Form == WeightsForm.A1111)
        {
            terminal.Note($"In A1111 its word is the file's name: {Path.GetFileNameWithoutExtension(conversion.Target)}.");
        }
    }
}
