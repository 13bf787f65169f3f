namespace Gal.Scoring.Backends;

/// <summary>Where the same chunk of four vectors begins; of any alignment, and two may be the same.</summary>
/// <param name="x0">The first one's.</param>
/// <param name="x1">The second one's.</param>
/// <param name="x2">The third one's.</param>
/// <param name="x3">The fourth one's.</param>
internal readonly unsafe struct FourRows(float* x0, float* x1, float* x2, float* x3)
{
    /// <summary>The first one's.</summary>
    public readonly float* X0 = x0;

    /// <summary>The second one's.</summary>
    public readonly float* X1 = x1;

    /// <summary>The third one's.</summary>
    public readonly float* X2 = x2;

    /// <summary>The fourth one's.</summary>
    public readonly float* X3 = x3;
}
