namespace Gal.Diffusion.Weights;

/// <summary>A file's tensors are not those of the model: lists both sides, never one in silence.</summary>
public sealed class CheckpointMismatchException : Exception
{
    private const int ListedCount = 8;

    /// <param name="path">The file or folder.</param>
    /// <param name="missing">Names that the model needs and the file lacks.</param>
    /// <param name="unexpected">Names in the file that the model does not have.</param>
    /// <param name="misshapen">Sentences "name: expected [..], found [..]".</param>
    public CheckpointMismatchException(string path, IReadOnlyList<string> missing, IReadOnlyList<string> unexpected, IReadOnlyList<string> misshapen)
        : base($"{path} does not fit the model.{Part(" Missing tensors", missing)}{Part(" Tensors that the model does not have", unexpected)}{Part(" Tensors of another shape", misshapen)}") =>
        (Path, Missing, Unexpected, Misshapen) = (path, missing, unexpected, misshapen);

    /// <summary>The file or folder.</summary>
    public string Path { get; }

    /// <summary>Names that the model needs and the file lacks.</summary>
    public IReadOnlyList<string> Missing { get; }

    /// <summary>Names in the file that the model does not have.</summary>
    public IReadOnlyList<string> Unexpected { get; }

    /// <summary>Each tensor of another shape with both shapes.</summary>
    public IReadOnlyList<string> Misshapen { get; }

    private static string Part(string title, IReadOnlyList<string> names) => names.Count == 0
        ? string.Empty
        : $"{title} ({names.Count}): {string.Join("; ", names.Take(ListedCount))}{(names.Count > ListedCount ? "; …" : string.Empty)}.";
}
