namespace Gal.ActiveLearning.Selection;

/// <summary>How images are chosen for the next round (the rows of Table 1).</summary>
public enum SelectionStrategy
{
    /// <summary>The k anchors with the highest uncertainty, the best image of each.</summary>
    Uncertainty,

    /// <summary>k anchors at random, one image of each at random.</summary>
    Random,

    /// <summary>The k anchors whose best image is the most similar to its own prompt (StyleDrop-CF).</summary>
    ClipFeedback,

    /// <summary>Nothing is chosen: round 1 alone.</summary>
    DreamBooth,
}
