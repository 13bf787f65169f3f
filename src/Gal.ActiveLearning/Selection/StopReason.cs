namespace Gal.ActiveLearning.Selection;

/// <summary>Why a run stopped.</summary>
public enum StopReason
{
    /// <summary>The last round allowed was trained.</summary>
    MaxRounds,

    /// <summary>Fewer than k anchors have U > 0 (Eq. 12).</summary>
    FewerUncertainDirectionsThanK,

    /// <summary>The strategy selects nothing.</summary>
    NoQuery,

    /// <summary>Fewer than k anchors, or fewer than k with a usable image, are left.</summary>
    PoolExhausted,
}
