using Gal.Cli.Conversion;
using Gal.Cli.Errors;
using Gal.Cli.Terminals;
using Gal.Cli.Views;
using Gal.Diffusion.Runtime;
using Gal.Diffusion.Weights;
using static TorchSharp.torch;

namespace Gal.Cli.Doctor;

/// <summary>Writes a model of a real size with random weights, to try memory and speed without a download.</summary>
internal static class RandomModelWriter
{
    // Other programs write beside it.
    private const double DiskMargin = 1.1;

    /// <summary>Writes the model.</summary>
    /// <exception cref="CliException">An option is wrong, the folder holds something, or the disk has too little room.</exception>
    public static void Write(string? size, string? weights, string? folder, Terminal terminal, bool isJson)
    {
        var dtype = Check(size, weights, folder);
        var target = Path.GetFullPath(folder!);
        var bytes = StableDiffusion15.ValueCount * (dtype == ScalarType.Float16 ? 2 : 4);
        var free = new DriveInfo(NearestFolder(target)).AvailableFreeSpace;
        if (free < bytes * DiskMargin)
        {
            throw CliException.BadInput($"The model takes {bytes / 1e9:F1} GB, and the disk of {target} has {free / 1e9:F1} GB left; name a folder on another disk, or free space.");
        }
        TorchRuntime.EnsureLoaded();
        RandomModel.WriteStableDiffusion15(target, dtype: dtype);
        terminal.Note($"Wrote {bytes / 1e9:F1} GB to {Paths.Short(target)}. Try it: gal generate \"a cat\" --model {Paths.Short(target)} --steps 2. Its pictures are noise.", isJson);
    }

    private static ScalarType Check(string? size, string? weights, string? folder) => (size, weights) switch
    {
        (null, _) => throw CliException.BadInput("FOLDER and --weights go with --random-model; add --random-model sd15."),
        (not "sd15", _) => throw CliException.BadInput($"--random-model is '{size}'; it must be sd15."),
        _ when folder is null => throw CliException.BadInput("--random-model needs a folder: gal doctor --random-model sd15 FOLDER."),
        _ when Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any() => throw CliException.BadInput($"{Path.GetFullPath(folder)} is not empty; name a new folder."),
        _ => WeightsTypes.Parse("--weights", weights ?? "float16", ScalarType.Float16, ScalarType.Float32),
    };

    private static string NearestFolder(string path)
    {
        var folder = path;
        while (!Directory.Exists(folder))
        {
            folder = Path.GetDirectoryName(folder)!;
        }
        return folder;
    }
}
