using Gal.V1;

namespace Gal.Cli.RunFolders;

/// <summary>Writes a round's pictures into the run's folder, under indices instead of prompts: a prompt may hold anything.</summary>
internal sealed class PictureExporter(RunFolder folder, ArtifactReader artifacts)
{
    /// <summary>Writes <c>rounds/R/anchor-II/image-JJ.png</c>.</summary>
    public async Task ExportAnchorsAsync(Round round, CancellationToken cancellationToken)
    {
        foreach (var anchor in round.Anchors)
        {
            foreach (var (j, image) in anchor.Images.Index())
            {
                await SaveAsync(image, Path.Combine(folder.Round(round.Number), $"anchor-{anchor.AnchorIndex:00}", $"image-{j:00}.png"), cancellationToken);
            }
        }
    }

    /// <summary>Writes <c>rounds/R/evaluation/prompt-II/seed-S.png</c>.</summary>
    public async Task ExportEvaluationAsync(Round round, CancellationToken cancellationToken)
    {
        foreach (var image in round.Evaluation?.Images ?? [])
        {
            await SaveAsync(image.Image, Path.Combine(folder.Round(round.Number), "evaluation", $"prompt-{image.PromptIndex:00}", $"seed-{image.Seed}.png"), cancellationToken);
        }
    }

    /// <summary>Writes what a round's training left on the way: <c>rounds/R/training/step-SSSSSSS/image-II.png</c> and <c>step-SSSSSSS.safetensors</c>.</summary>
    public async Task ExportTrainingAsync(Round round, CancellationToken cancellationToken)
    {
        string At(int step) => Path.Combine(folder.Round(round.Number), "training", $"step-{step:0000000}");
        foreach (var looked in round.SampleImages)
        {
            foreach (var (i, image) in looked.Images.Index())
            {
                await SaveAsync(image, Path.Combine(At(looked.Step), $"image-{i:00}.png"), cancellationToken);
            }
        }
        foreach (var saved in round.SavedWeights)
        {
            await SaveAsync(new Image { Artifact = saved.Checkpoint }, At(saved.Step) + ".safetensors", cancellationToken);
        }
    }

    private async Task SaveAsync(Image image, string path, CancellationToken cancellationToken)
    {
        // After a resume the events come again; content never changes under a name.
        if (image.Artifact.Length > 0 && !File.Exists(path))
        {
            await artifacts.SaveAsync(image.Artifact, path, cancellationToken);
        }
    }
}
