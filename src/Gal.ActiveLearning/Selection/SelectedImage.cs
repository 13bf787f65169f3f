namespace Gal.ActiveLearning.Selection;

/// <summary>An image that the next rounds train on, with its anchor's prompt.</summary>
/// <param name="AnchorIndex">i.</param>
/// <param name="ImageIndex">j.</param>
/// <param name="LossWeight">w: the openness of the round that chose it with Balance, else 1.</param>
public sealed record SelectedImage(int AnchorIndex, int ImageIndex, double LossWeight);
