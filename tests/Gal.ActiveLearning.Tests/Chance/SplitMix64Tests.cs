using FsCheck;
using FsCheck.Xunit;
using Gal.ActiveLearning.Chance;

namespace Gal.ActiveLearning.Tests.Chance;

public sealed class SplitMix64Tests
{
    [Fact]
    public void NextUInt64_PublishedSeed_GivesThePublishedNumbers()
    {
        var chance = new SplitMix64(1234567);
        ulong[] expected = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821];
        Assert.Equal(expected, expected.Select(_ => chance.NextUInt64()));
    }

    [Property]
    public bool NextInt32_AnyBound_StaysBelowIt(ulong seed, PositiveInt bound)
    {
        var chance = new SplitMix64(seed);
        return Enumerable.Range(0, 50).All(_ => chance.NextInt32(bound.Get) is var v && v >= 0 && v < bound.Get);
    }

    [Property]
    public bool Sample_AnyCount_TakesDifferentItems(ulong seed, PositiveInt size, NonNegativeInt count)
    {
        var items = Enumerable.Range(0, size.Get).ToArray();
        var taken = new SplitMix64(seed).Sample(items, count.Get % (size.Get + 1));
        return taken.Count == count.Get % (size.Get + 1) && taken.Distinct().Count() == taken.Count && taken.All(items.Contains);
    }

    [Fact]
    public void ForRound_OtherRoundsAndSeeds_Differ()
    {
        var first = from seed in Enumerable.Range(0, 50) from round in Enumerable.Range(1, 20) select SplitMix64.ForRound(seed, round).NextUInt64();
        Assert.Equal(1000, first.Distinct().Count());
    }
}
