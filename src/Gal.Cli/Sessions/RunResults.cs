using Gal.Cli.RunFolders;
using Gal.Reporting;
using Gal.V1;

namespace Gal.Cli.Sessions;

/// <summary>Writes what a finished run leaves behind.</summary>
internal sealed class RunResults(RunFolder folder, ArtifactReader artifacts)
{
    /// <summary>Writes the last checkpoint as a model folder, the record and the report.</summary>
    /// <param name="run">The run at its end.</param>
    /// <param name="modelFolder">The pretrained model, if the checkpoint is to be a whole model folder; null if it lies on another machine.</param>
    /// <param name="account">What the run cost this process.</param>
    /// <param name="cancellationToken">Stops writing.</param>
    public async Task WriteAsync(Run run, string? modelFolder, RunAccount account, CancellationToken cancellationToken)
    {
        if (run.Rounds.LastOrDefault(round => round.Checkpoint.Length > 0) is { } last)
        {
            await CheckpointFolder.WriteAsync(modelFolder, run.Settings.Training?.Method ?? TrainingMethod.Dreambooth, last.Checkpoint, folder.Checkpoint, artifacts, cancellationToken);
        }
        await RunReport.WriteAsync(run, artifacts.ReadAsync, account, folder.Path, cancellationToken);
    }
}
