using Gal.Artifacts;
using Gal.Hosting.Durability;
using Gal.V1;

namespace Gal.Training.Jobs;

/// <summary>
/// The weights that a training saves before its end: N.safetensors in its folder, of which the newest are kept. At the end they become artifacts; not before, since
/// what is in the store stays there.
/// </summary>
/// <param name="folder">Where they are.</param>
/// <param name="keptCount">The newest that are kept, 1 or more.</param>
/// <param name="artifacts">Takes them at the end.</param>
internal sealed class WeightsSaves(string folder, int keptCount, IArtifactStore artifacts)
{
    private const string Ending = ".safetensors";

    private IEnumerable<int> Steps => Directory.EnumerateFiles(folder, "*" + Ending).Select(path => int.Parse(Path.GetFileNameWithoutExtension(path))).Order();

    /// <summary>Saves the weights of a step, whole or not at all, then removes older ones.</summary>
    /// <param name="step">The steps done.</param>
    /// <param name="save">Writes them to a path.</param>
    public async Task SaveAsync(int step, Func<string, Task> save)
    {
        var temporary = PathOf(step) + ".tmp";
        try
        {
            await save(temporary);
            DurableFile.Publish(temporary, PathOf(step));
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        foreach (var old in Steps.SkipLast(keptCount).ToList())
        {
            File.Delete(PathOf(old));
        }
    }

    /// <summary>Stores all that are kept, the oldest first.</summary>
    public async Task<IReadOnlyList<SavedWeights>> PublishAsync(CancellationToken cancellationToken)
    {
        var published = new List<SavedWeights>();
        foreach (var step in Steps.ToList())
        {
            await using var stream = File.OpenRead(PathOf(step));
            published.Add(new() { Step = step, Checkpoint = (await artifacts.PutAsync(stream, cancellationToken)).ToString() });
        }

        return published;
    }

    private string PathOf(int step) => Path.Combine(folder, $"{step:D7}{Ending}");
}
