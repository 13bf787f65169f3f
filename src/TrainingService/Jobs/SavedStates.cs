using Gal.Hosting.Durability;
using Google.Protobuf;

namespace Gal.Training.Jobs;

/// <summary>The saved states of one training: N.state, written by the session, and N.pb, the resource as it was after step N. A state counts once both are there.</summary>
/// <param name="folder">Where they are.</param>
/// <param name="keptCount">The newest that are kept, 1 or more.</param>
internal sealed class SavedStates(string folder, int keptCount)
{
    /// <summary>The steps that there are states of, the newest first.</summary>
    public IReadOnlyList<int> Steps =>
    [
        .. from path in Directory.EnumerateFiles(folder, "*.state")
           let step = int.Parse(Path.GetFileNameWithoutExtension(path))
           where File.Exists(ResourcePath(step))
           orderby step descending
           select step,
    ];

    /// <summary>A state's file for the session.</summary>
    public string StatePath(int step) => Path.Combine(folder, $"{step:D7}.state");

    /// <summary>The resource as it was after a step.</summary>
    public V1.Training ReadResource(int step) => V1.Training.Parser.ParseFrom(File.ReadAllBytes(ResourcePath(step)));

    /// <summary>Saves a state, whole or not at all, then removes older ones.</summary>
    /// <param name="resource">As it is after the step.</param>
    /// <param name="save">Writes the session's part to a path.</param>
    public async Task SaveAsync(V1.Training resource, Func<string, Task> save)
    {
        var step = resource.Progress.Step;
        DurableFile.Write(ResourcePath(step), resource.ToByteArray());
        var temporary = StatePath(step) + ".tmp";
        try
        {
            await save(temporary);
            DurableFile.Publish(temporary, StatePath(step));
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        foreach (var old in Steps.Skip(keptCount))
        {
            Remove(old);
        }
    }

    /// <summary>Removes a state that cannot be read.</summary>
    public void Remove(int step)
    {
        File.Delete(StatePath(step));
        File.Delete(ResourcePath(step));
    }

    /// <summary>Removes all states, after the last step.</summary>
    public void Clear() => Directory.Delete(folder, recursive: true);

    private string ResourcePath(int step) => Path.Combine(folder, $"{step:D7}.pb");
}
