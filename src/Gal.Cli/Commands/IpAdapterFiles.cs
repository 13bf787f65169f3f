using Gal.Cli.Errors;
using Gal.Cli.RunFolders;
using Gal.Diffusion.Models.Adapters;
using Gal.Diffusion.Pipelines;
using Gal.Diffusion.Weights;
using Gal.V1;

namespace Gal.Cli.Commands;

/// <summary>An IP-Adapter's files, checked by their headers.</summary>
/// <param name="Adapter">The adapter's file.</param>
/// <param name="Encoder">What reads its picture; null for the model's own.</param>
internal sealed record IpAdapterFiles(string Adapter, ImageEncoderFiles? Encoder)
{
    /// <summary>Reads --ip-adapter and --image-encoder.</summary>
    /// <exception cref="CliException">A file is missing, pickled, damaged or of another kind, or the two have other widths.</exception>
    public static IpAdapterFiles Read(string adapter, string? encoderFolder)
    {
        var path = AdapterOptions.Checked("--ip-adapter", adapter, WeightsKind.IpAdapter);
        var wanted = ReadFile("--ip-adapter", () => Diffusion.Models.Adapters.IpAdapter.ReadEmbeddingSize(path));
        return new(path, encoderFolder is null ? null : ReadFile("--image-encoder", () => ReadEncoder(Path.GetFullPath(encoderFolder), path, wanted)));
    }

    /// <summary>Hands the files over and sets their names.</summary>
    public async Task UploadAsync(V1.IpAdapter message, ArtifactReader artifacts, CancellationToken cancellationToken)
    {
        message.Artifact = await artifacts.StoreFileAsync(Adapter, cancellationToken);
        if (Encoder is not null)
        {
            message.ImageEncoder = new ImageEncoder
            {
                Config = await artifacts.StoreFileAsync(Encoder.ConfigPath, cancellationToken),
                Weights = await artifacts.StoreFileAsync(Encoder.WeightsPath, cancellationToken),
                PreprocessorConfig = Encoder.PreprocessorPath is { } preprocessor ? await artifacts.StoreFileAsync(preprocessor, cancellationToken) : "",
            };
        }
    }

    private static ImageEncoderFiles ReadEncoder(string folder, string adapter, long wanted)
    {
        if (!Directory.Exists(folder))
        {
            throw CliException.BadInput($"--image-encoder: {(File.Exists(folder) ? $"{folder} is a file; give the folder with its config.json." : $"there is no folder {folder}.")}");
        }
        var encoder = ImageEncoderFiles.In(folder);
        if (Path.GetExtension(encoder.WeightsPath) != ".safetensors")
        {
            throw CliException.BadInput($"--image-encoder: {encoder.WeightsPath} lists several files; the weights must be in one, model.safetensors.");
        }
        var width = encoder.ReadWidth();
        return width == wanted
            ? encoder
            : throw CliException.BadInput($"--image-encoder: {folder} makes embeddings {width} wide, and {adapter} was trained with embeddings {wanted} wide; give the image encoder that it was trained with.");
    }

    private static T ReadFile<T>(string option, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is SafetensorsException or ModelConfigException or InvalidDataException or FileNotFoundException)
        {
            throw CliException.BadInput($"{option}: {exception.Message}");
        }
    }
}
