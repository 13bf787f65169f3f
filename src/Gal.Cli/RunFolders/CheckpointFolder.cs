namespace Gal.Cli.RunFolders;

/// <summary>Writes a fine-tuned model as a Hugging Face folder: a copy of the pretrained one with another UNet.</summary>
internal static class CheckpointFolder
{
    private static readonly string UnetWeights = Path.Combine("unet", "diffusion_pytorch_model.safetensors");

    /// <summary>Writes the folder anew.</summary>
    /// <param name="modelFolder">The pretrained model; null if it lies on another machine, and then the weights are all there is.</param>
    /// <param name="checkpoint">The artifact with the UNet's weights.</param>
    /// <param name="target">The folder to write.</param>
    /// <param name="artifacts">Where the artifact is read.</param>
    /// <param name="cancellationToken">Stops writing.</param>
    public static async Task WriteAsync(string? modelFolder, string checkpoint, string target, ArtifactReader artifacts, CancellationToken cancellationToken)
    {
        foreach (var file in modelFolder is null ? [] : Directory.EnumerateFiles(modelFolder, "*", SearchOption.AllDirectories))
        {
            var relative = Path.GetRelativePath(modelFolder!, file);
            if (IsKept(relative))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(target, relative))!);
                File.Copy(file, Path.Combine(target, relative), overwrite: true);
            }
        }
        await artifacts.SaveAsync(checkpoint, Path.Combine(target, UnetWeights), cancellationToken);
    }

    // Other forms of the UNet's weights (.bin, fp16 variants, shards) would win over the new ones in some loaders.
    private static bool IsKept(string relative) =>
        Path.GetDirectoryName(relative) != "unet" || Path.GetExtension(relative) == ".json" && !relative.EndsWith(".index.json", StringComparison.Ordinal);
}
