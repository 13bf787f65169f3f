namespace Gal.ActiveLearning.Runs;

/// <summary>The images sampled along one anchor.</summary>
/// <param name="AnchorIndex">i.</param>
/// <param name="Images">Artifacts of the N images, in order of sampling.</param>
public sealed record AnchorImages(int AnchorIndex, IReadOnlyList<string> Images);
