using Gal.Cli.Errors;

namespace Gal.Cli.RunFolders;

/// <summary>Weights that a user names: a run's folder, a model folder, a safetensors file, an artifact, or none.</summary>
/// <param name="ModelFolder">A whole model to load in place of the default one; null if there is none.</param>
/// <param name="File">A file that a training made; null if there is none.</param>
/// <param name="Artifact">An artifact that the service has; empty if there is none.</param>
internal sealed record CheckpointSource(string? ModelFolder, string? File, string Artifact)
{
    /// <summary>Finds out what was named.</summary>
    /// <exception cref="CliException">It is none of these.</exception>
    public static CheckpointSource Of(string? checkpoint) => checkpoint switch
    {
        null or "" => new(null, null, ""),
        _ when checkpoint.StartsWith("sha256:", StringComparison.Ordinal) => new(null, null, checkpoint),
        _ when RunFolder.IsOne(checkpoint) => OfModel(OfRun(RunFolder.Open(checkpoint))),
        _ when IsModel(checkpoint) => OfModel(Path.GetFullPath(checkpoint)),
        _ when System.IO.File.Exists(checkpoint) && Path.GetExtension(checkpoint) == ".safetensors" => new(null, Path.GetFullPath(checkpoint), ""),
        _ when System.IO.File.Exists(checkpoint) => throw CliException.BadInput(
            $"--checkpoint: {checkpoint} is no safetensors file. Pickled files (.ckpt, .bin, .pt) run code when they are read and are refused; convert them with diffusers first."),
        _ => throw CliException.BadInput($"--checkpoint: {Path.GetFullPath(checkpoint)} is neither a run's folder, a model folder (with model_index.json) nor a .safetensors file."),
    };

    /// <summary>Hands the weights over to a service.</summary>
    /// <returns>The artifact's name; empty for the model's own weights.</returns>
    public async Task<string> UploadAsync(ArtifactReader artifacts, CancellationToken cancellationToken)
    {
        return File is null ? Artifact : await artifacts.StoreFileAsync(File, cancellationToken);
    }

    // A run that trained an adapter leaves it beside the pretrained model.
    private static CheckpointSource OfModel(string folder) => new(folder, CheckpointFolder.FindAdapter(folder), "");

    private static string OfRun(RunFolder run) => IsModel(run.Checkpoint)
        ? run.Checkpoint
        : throw CliException.BadInput($"--checkpoint: the run in {run.Path} has no checkpoint yet; it writes one when it ends.");

    private static bool IsModel(string folder) => System.IO.File.Exists(Path.Combine(folder, "model_index.json"));
}
