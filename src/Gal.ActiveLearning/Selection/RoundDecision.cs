namespace Gal.ActiveLearning.Selection;

/// <summary>What follows from a round's judgement.</summary>
public abstract record RoundDecision
{
    private RoundDecision()
    {
    }

    /// <summary>The next round trains on these too, and their anchors leave the pool.</summary>
    public sealed record Select(IReadOnlyList<SelectedImage> Images) : RoundDecision;

    /// <summary>There is no next round.</summary>
    public sealed record Stop(StopReason Reason) : RoundDecision;
}
