using Gal.Cli.Errors;
using Gal.Cli.RunFolders;

namespace Gal.Cli.Conversion;

/// <summary>What a user wants converted.</summary>
internal static class ConversionSource
{
    /// <summary>The full path of the file or model folder.</summary>
    /// <param name="source">A file, a model folder, or a run's folder, which stands for what the run trained.</param>
    /// <exception cref="CliException">There is nothing, or the run has no checkpoint yet.</exception>
    public static string Find(string source)
    {
        var path = Path.GetFullPath(source);
        if (!Path.Exists(path))
        {
            throw CliException.BadInput($"There is no file or folder {path}.");
        }
        if (RunFolder.IsOne(path))
        {
            path = RunFolder.Open(path).Checkpoint;
            if (!Directory.Exists(path))
            {
                throw CliException.BadInput($"The run in {source} has no checkpoint yet; it writes one when it ends.");
            }
        }
        // Written as one file, the folder would be the model before the training.
        return Directory.Exists(path) ? CheckpointFolder.FindAdapter(path) ?? path : path;
    }
}
