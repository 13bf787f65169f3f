using Gal.V1;

namespace Gal.Cli.RunFolders;

/// <summary>
/// Writes a fine-tuned model as a Hugging Face folder: a copy of the pretrained one with another UNet or, where an adapter was trained, with the adapter's
/// file beside its model_index.json under the name that diffusers looks for.
/// </summary>
internal static class CheckpointFolder
{
    private static readonly string UnetWeights = Path.Combine("unet", "diffusion_pytorch_model.safetensors");

    private static readonly string[] AdapterNames = [.. Enum.GetValues<TrainingMethod>().Select(FileOf).Where(name => name != UnetWeights)];

    /// <summary>Writes the folder anew.</summary>
    /// <param name="modelFolder">The pretrained model; null if it lies on another machine, and then the weights are all there is.</param>
    /// <param name="method">What was trained.</param>
    /// <param name="checkpoint">The artifact with the training's result.</param>
    /// <param name="target">The folder to write.</param>
    /// <param name="artifacts">Where the artifact is read.</param>
    /// <param name="cancellationToken">Stops writing.</param>
    public static async Task WriteAsync(string? modelFolder, TrainingMethod method, string checkpoint, string target, ArtifactReader artifacts, CancellationToken cancellationToken)
    {
        foreach (var file in modelFolder is null ? [] : Directory.EnumerateFiles(modelFolder, "*", SearchOption.AllDirectories))
        {
            var relative = Path.GetRelativePath(modelFolder!, file);
            if (method is not (TrainingMethod.Unspecified or TrainingMethod.Dreambooth) || IsKept(relative))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(target, relative))!);
                File.Copy(file, Path.Combine(target, relative), overwrite: true);
            }
        }
        await artifacts.SaveAsync(checkpoint, Path.Combine(target, FileOf(method)), cancellationToken);
    }

    /// <summary>The adapter's file in a folder that <see cref="WriteAsync"/> wrote; null if it holds a whole UNet.</summary>
    public static string? FindAdapter(string folder) => AdapterNames.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    private static string FileOf(TrainingMethod method) => method switch
    {
        TrainingMethod.Lora => "pytorch_lora_weights.safetensors",
        TrainingMethod.TextualInversion => "learned_embeds.safetensors",
        TrainingMethod.CustomDiffusion => "pytorch_custom_diffusion_weights.safetensors",
        _ => UnetWeights,
    };

    // Other forms of the UNet's weights (.bin, fp16 variants, shards) would win over the new ones in some loaders.
    private static bool IsKept(string relative) =>
        Path.GetDirectoryName(relative) != "unet" || Path.GetExtension(relative) == ".json" && !relative.EndsWith(".index.json", StringComparison.Ordinal);
}
