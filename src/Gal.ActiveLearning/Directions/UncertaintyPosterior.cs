using MathNet.Numerics;

namespace Gal.ActiveLearning.Directions;

/// <summary>What N images really say about U: N = 10 gives six values only. The overfit rate has a Beta(½, ½) prior (Jeffreys), and U is a function of it.</summary>
/// <param name="Mean">The posterior expectation of U, in nats.</param>
/// <param name="Lower">The 2.5 % quantile of U.</param>
/// <param name="Upper">The 97.5 % quantile of U.</param>
public sealed record UncertaintyPosterior(double Mean, double Lower, double Upper)
{
    private const double Prior = 0.5;

    /// <summary>The posterior after <paramref name="overfitCount"/> of <paramref name="imageCount"/> images were overfitted.</summary>
    public static UncertaintyPosterior Of(int overfitCount, int imageCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(imageCount);
        ArgumentOutOfRangeException.ThrowIfNegative(overfitCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(overfitCount, imageCount);
        var (a, b) = (overfitCount + Prior, imageCount - overfitCount + Prior);
        return new UncertaintyPosterior(Expectation(a, b), Quantile(a, b, 0.025), Quantile(a, b, 0.975));
    }

    // E[-p ln p] = a/(a+b) (ψ(a+b+1) - ψ(a+1)) for p ~ Beta(a, b), and the same for 1 - p.
    private static double Expectation(double a, double b) =>
        SpecialFunctions.DiGamma(a + b + 1) - (((a * SpecialFunctions.DiGamma(a + 1)) + (b * SpecialFunctions.DiGamma(b + 1))) / (a + b));

    // U rises with p up to ½ and falls after it, alike on both sides: U ≤ H(p) where the rate is at most p or at least 1 - p.
    private static double Quantile(double a, double b, double probability)
    {
        var (low, high) = (0.0, 0.5);
        for (var i = 0; i < 60; i++)
        {
            var p = (low + high) / 2;
            var below = SpecialFunctions.BetaRegularized(a, b, p) + SpecialFunctions.BetaRegularized(b, a, p);
            (low, high) = below < probability ? (p, high) : (low, p);
        }

        return Entropy((low + high) / 2);
    }

    private static double Entropy(double p) => p <= 0 ? 0 : -(p * Math.Log(p)) - ((1 - p) * Math.Log(1 - p));
}
