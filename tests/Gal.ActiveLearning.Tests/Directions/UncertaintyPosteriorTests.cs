using FsCheck;
using FsCheck.Xunit;
using Gal.ActiveLearning.Directions;

namespace Gal.ActiveLearning.Tests.Directions;

public sealed class UncertaintyPosteriorTests
{
    [Theory]
    [InlineData(0, 10)]
    [InlineData(3, 10)]
    [InlineData(5, 10)]
    [InlineData(1, 2)]
    [InlineData(40, 64)]
    public void Of_Counts_AgreesWithNumericalIntegration(int overfitted, int images)
    {
        // p = sin²(φ) turns the Beta(c + ½, N - c + ½) density into sin^2c(φ) cos^2(N-c)(φ), smooth on [0, π/2].
        const int Cells = 100_000;
        var entropies = new double[Cells];
        var weights = new double[Cells];
        for (var i = 0; i < Cells; i++)
        {
            var (sin, cos) = Math.SinCos((i + 0.5) * Math.PI / 2 / Cells);
            weights[i] = Math.Pow(sin, 2 * overfitted) * Math.Pow(cos, 2 * (images - overfitted));
            var p = sin * sin;
            entropies[i] = -(p * Math.Log(p)) - ((1 - p) * Math.Log(1 - p));
        }

        var total = weights.Sum();
        var posterior = UncertaintyPosterior.Of(overfitted, images);
        Assert.Equal(weights.Zip(entropies, (w, u) => w * u).Sum() / total, posterior.Mean, 1e-6);
        Assert.Equal(0.025, weights.Zip(entropies, (w, u) => u <= posterior.Lower ? w : 0).Sum() / total, 2e-4);
        Assert.Equal(0.975, weights.Zip(entropies, (w, u) => u <= posterior.Upper ? w : 0).Sum() / total, 2e-4);
    }

    [Property]
    public bool Of_AnyCounts_IntervalHoldsTheMeanAndMirrorsFlags(NonNegativeInt overfitted, NonNegativeInt other)
    {
        var (c, n) = (overfitted.Get, overfitted.Get + other.Get);
        var (posterior, mirrored) = (UncertaintyPosterior.Of(c, n), UncertaintyPosterior.Of(n - c, n));
        return posterior.Lower >= 0 && posterior.Lower <= posterior.Mean && posterior.Mean <= posterior.Upper && posterior.Upper <= Uncertainty.Max + 1e-12
            && Math.Abs(posterior.Mean - mirrored.Mean) < 1e-9 && Math.Abs(posterior.Upper - mirrored.Upper) < 1e-9;
    }

    [Fact]
    public void Of_ManyImages_NarrowsTowardsU()
    {
        var posterior = UncertaintyPosterior.Of(3000, 10_000);
        Assert.Equal(Uncertainty.Of(3, 10), posterior.Mean, 1e-3);
        Assert.True(posterior.Upper - posterior.Lower < 0.02);
    }
}
