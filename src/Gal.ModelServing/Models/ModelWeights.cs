namespace Gal.ModelServing.Models;

/// <summary>Which weights to work with.</summary>
/// <param name="Folder">The model's folder.</param>
/// <param name="Checkpoint">The file with the UNet's weights in place of the model's own; null for its own.</param>
public sealed record ModelWeights(string Folder, string? Checkpoint);
