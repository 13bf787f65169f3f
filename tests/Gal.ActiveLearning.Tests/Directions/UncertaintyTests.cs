using FsCheck;
using FsCheck.Xunit;
using Gal.ActiveLearning.Directions;

namespace Gal.ActiveLearning.Tests.Directions;

public sealed class UncertaintyTests
{
    [Theory]
    [InlineData(0, 0.0)]
    [InlineData(1, 0.32508297339144824)]
    [InlineData(2, 0.5004024235381879)]
    [InlineData(3, 0.6108643020548935)]
    [InlineData(4, 0.6730116670092565)]
    [InlineData(5, 0.6931471805599453)]
    [InlineData(10, 0.0)]
    public void Of_TenImages_IsTheEntropyInNats(int overfitCount, double expected) => Assert.Equal(expected, Uncertainty.Of(overfitCount, 10), 1e-12);

    [Property]
    public bool Of_FlagsInverted_IsTheSameToTheLastBit(NonEmptyArray<bool> flags) =>
        Uncertainty.Of(flags.Get) == Uncertainty.Of([.. flags.Get.Select(f => !f)]);

    [Property]
    public bool Of_AnyFlags_LiesBetweenZeroAndLnTwo(NonEmptyArray<bool> flags) =>
        Uncertainty.Of(flags.Get) is var u && u >= 0 && u <= Uncertainty.Max + 1e-15 && (u > 0) == (flags.Get.Distinct().Count() == 2);

    [Property]
    public bool Of_NearerToOneHalf_IsLarger(PositiveInt half, PositiveInt a, PositiveInt b)
    {
        var (near, far) = (Math.Min(a.Get, b.Get) % (half.Get + 1), Math.Max(a.Get, b.Get) % (half.Get + 1));
        return (near <= far) == (Uncertainty.Of(half.Get - near, 2 * half.Get) >= Uncertainty.Of(half.Get - far, 2 * half.Get));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(-1, 5)]
    [InlineData(6, 5)]
    public void Of_ImpossibleCounts_AreRefused(int overfitCount, int imageCount) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Uncertainty.Of(overfitCount, imageCount));
}
