namespace Gal.ActiveLearning.Directions;

/// <summary>The uncertainty U of a direction (Eq. 6-9): the entropy, in nats, of its overfit flags.</summary>
public static class Uncertainty
{
    /// <summary>U's largest value, at an overfit rate of one half.</summary>
    public static double Max { get; } = Math.Log(2);

    /// <summary>U = -P1 ln P1 - P0 ln P0 with P1 = overfitted / all; 0 where P1 is 0 or 1.</summary>
    /// <param name="overfitCount">Σ_j O(x_ij), in [0, <paramref name="imageCount"/>].</param>
    /// <param name="imageCount">N, at least 1.</param>
    public static double Of(int overfitCount, int imageCount)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(imageCount, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(overfitCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(overfitCount, imageCount);

        // From both counts, not from 1 - P1: so that 3 of 10 and 7 of 10 tie to the last bit.
        return Term(Math.Min(overfitCount, imageCount - overfitCount), imageCount) + Term(Math.Max(overfitCount, imageCount - overfitCount), imageCount);
    }

    /// <summary>U of flags.</summary>
    public static double Of(IReadOnlyCollection<bool> overfitFlags)
    {
        ArgumentNullException.ThrowIfNull(overfitFlags);
        return Of(overfitFlags.Count(f => f), overfitFlags.Count);
    }

    private static double Term(int count, int of)
    {
        var share = (double)count / of;
        return count == 0 ? 0 : -share * Math.Log(share);
    }
}
