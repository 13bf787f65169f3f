using Gal.Diffusion.Pipelines;

namespace Gal.ModelServing.Models;

/// <summary>Which weights to work with.</summary>
/// <param name="Folder">The model's folder.</param>
/// <param name="Checkpoint">The file that a training made; null for the model's own weights.</param>
public sealed record ModelWeights(string Folder, string? Checkpoint)
{
    /// <summary>Added to the model, in this order.</summary>
    public IReadOnlyList<AdapterFile> Adapters { get; init; } = [];

    /// <summary>Whether both name the same files with the same strengths and words.</summary>
    public bool Equals(ModelWeights? other) => other is not null && (Folder, Checkpoint) == (other.Folder, other.Checkpoint) && Adapters.SequenceEqual(other.Adapters);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Folder, Checkpoint, Adapters.Count);
}
