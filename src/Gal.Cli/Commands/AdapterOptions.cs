using System.Globalization;
using Gal.Cli.Errors;
using Gal.Cli.RunFolders;
using Gal.Diffusion.Models.Adapters;
using Gal.Diffusion.Weights;
using Gal.V1;

namespace Gal.Cli.Commands;

/// <summary>Weights that a user adds to a model, checked by their files' headers and handed over to a service.</summary>
internal static class AdapterOptions
{
    /// <summary>Reads the options.</summary>
    /// <exception cref="CliException">A file is missing, pickled, damaged, or of another kind than the option's.</exception>
    public static IReadOnlyList<NamedAdapter> Read(IEnumerable<string> loras, IEnumerable<string> embeddings, IEnumerable<string> customDiffusions) =>
    [
        .. loras.Select(Lora),
        .. embeddings.Select(Embedding),
        .. customDiffusions.Select(file => new NamedAdapter(Checked("--custom-diffusion", file, WeightsKind.CustomDiffusion), new ModelAdapter())),
    ];

    /// <summary>Hands the files over.</summary>
    public static async Task<IReadOnlyList<ModelAdapter>> UploadAsync(IReadOnlyList<NamedAdapter> adapters, ArtifactReader artifacts, CancellationToken cancellationToken)
    {
        foreach (var adapter in adapters)
        {
            adapter.Settings.Artifact = await artifacts.StoreFileAsync(adapter.File, cancellationToken);
        }
        return [.. adapters.Select(adapter => adapter.Settings)];
    }

    /// <summary>The full path of a file of the wanted kind.</summary>
    /// <exception cref="CliException">It is missing, pickled, damaged, or of another kind.</exception>
    public static string Checked(string option, string file, WeightsKind wanted)
    {
        var path = Path.GetFullPath(file);
        try
        {
            var kind = WeightsFile.KindOf(path);
            return kind == wanted ? path : throw CliException.BadInput($"{option}: {path} is {WeightsFile.Describe(kind)}, not {WeightsFile.Describe(wanted)}; give it as {OptionOf(kind)}.");
        }
        catch (FileNotFoundException)
        {
            throw CliException.BadInput($"{option}: there is no file {path}.");
        }
        catch (SafetensorsException exception)
        {
            throw CliException.BadInput($"{option}: {exception.Message}");
        }
    }

    // "style.safetensors:0.7"; a colon that is no number's belongs to the path.
    private static NamedAdapter Lora(string text)
    {
        var colon = text.LastIndexOf(':');
        var hasScale = colon > 0 && double.TryParse(text[(colon + 1)..], NumberStyles.Float, CultureInfo.InvariantCulture, out _);
        var settings = new ModelAdapter();
        if (hasScale)
        {
            settings.Scale = double.Parse(text[(colon + 1)..], NumberStyles.Float, CultureInfo.InvariantCulture);
            if (settings.Scale is not (>= -10 and <= 10))
            {
                throw CliException.BadInput($"--lora {text}: the scale is {text[(colon + 1)..]}; it must lie in [-10, 10].");
            }
        }
        return new NamedAdapter(Checked("--lora", hasScale ? text[..colon] : text, WeightsKind.Lora), settings);
    }

    // The service sees a content hash instead of the file's name, which is the word of A1111's form.
    private static NamedAdapter Embedding(string file)
    {
        var path = Checked("--embedding", file, WeightsKind.TextualInversion);
        var word = TextualInversionFile.ReadHeader(path).Token is null ? Path.GetFileNameWithoutExtension(path) : "";
        return word.Any(char.IsWhiteSpace)
            ? throw CliException.BadInput($"--embedding: {file} teaches the word \"{word}\", its file's name; a word has no white space. Rename the file.")
            : new NamedAdapter(path, new ModelAdapter { Token = word });
    }

    private static string OptionOf(WeightsKind kind) => kind switch
    {
        WeightsKind.Lora => "--lora",
        WeightsKind.TextualInversion => "--embedding",
        WeightsKind.CustomDiffusion => "--custom-diffusion",
        WeightsKind.IpAdapter => "--ip-adapter with --image-prompt",
        _ => "--checkpoint",
    };
}
