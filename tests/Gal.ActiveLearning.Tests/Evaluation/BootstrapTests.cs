using FsCheck;
using FsCheck.Xunit;
using Gal.ActiveLearning.Chance;
using Gal.ActiveLearning.Evaluation;

namespace Gal.ActiveLearning.Tests.Evaluation;

public sealed class BootstrapTests
{
    [Property(MaxTest = 50)]
    public bool MeanOf_AnyValues_IntervalHoldsTheMeanBetweenTheExtremes(NonEmptyArray<byte> values, long seed)
    {
        double[] x = [.. values.Get.Select(v => v / 255.0)];
        var metric = Bootstrap.MeanOf(x, seed);
        return x.Min() - 1e-12 <= metric.Lower && metric.Lower <= metric.Upper && metric.Upper <= x.Max() + 1e-12
            && Math.Abs(metric.Mean - x.Average()) < 1e-12 && metric == Bootstrap.MeanOf(x, seed);
    }

    [Fact]
    public void MeanOf_EqualValues_HasNoWidth() => Assert.Equal(new Metric(0.25, 0.25, 0.25), Bootstrap.MeanOf([0.25, 0.25, 0.25, 0.25], 8888));

    [Fact]
    public void MeanOf_ManyValues_AgreesWithTheNormalInterval()
    {
        // 400 flags, 160 set: p = 0.4, standard error √(0.4·0.6/400) = 0.0245.
        var metric = Bootstrap.MeanOf([.. Enumerable.Range(0, 400).Select(i => i % 5 < 2 ? 1.0 : 0.0)], 8888);
        Assert.Equal(0.4, metric.Mean, 12);
        Assert.Equal(0.4 - (1.96 * 0.0245), metric.Lower, 0.006);
        Assert.Equal(0.4 + (1.96 * 0.0245), metric.Upper, 0.006);
    }

    [Fact]
    public void MeanOf_RepeatedExperiments_CoverTheTruthAboutNineteenTimesInTwenty()
    {
        var chance = new SplitMix64(7);
        var covered = Enumerable.Range(0, 300).Count(seed =>
        {
            var metric = Bootstrap.MeanOf([.. Enumerable.Range(0, 80).Select(_ => chance.NextInt32(1000) / 999.0)], seed);
            return metric.Lower <= 0.5 && 0.5 <= metric.Upper;
        });
        Assert.InRange(covered, 270, 297);
    }

    [Fact]
    public void MeanOf_NoValues_IsRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => Bootstrap.MeanOf([], 1));
}
