namespace Gal.ActiveLearning.Chance;

/// <summary>SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): 64 bits of state, the same numbers on every machine and in every version, which System.Random does not promise.</summary>
/// <param name="seed">Any number; the first output for 1234567 is 6457827717110365317.</param>
public sealed class SplitMix64(ulong seed)
{
    private const ulong Gamma = 0x9E3779B97F4A7C15;

    private ulong _state = seed;

    /// <summary>The generator of one round's random choices; the same run seed and round give the same choices, whatever was drawn before.</summary>
    public static SplitMix64 ForRound(long runSeed, int round) =>
        new(new SplitMix64((ulong)runSeed).NextUInt64() + ((ulong)round * 0xD1B54A32D192ED03));

    /// <summary>64 random bits.</summary>
    public ulong NextUInt64()
    {
        _state += Gamma;
        var z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A number in [0, <paramref name="bound"/>), every one as likely.</summary>
    public int NextInt32(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);

        // The last, incomplete multiple of the bound is drawn again; taken modulo, it would favour small numbers.
        var limit = ulong.MaxValue - (ulong.MaxValue % (ulong)bound);
        ulong value;
        do
        {
            value = NextUInt64();
        }
        while (value >= limit);

        return (int)(value % (ulong)bound);
    }

    /// <summary>Takes <paramref name="count"/> different items at random, in the order drawn.</summary>
    public IReadOnlyList<T> Sample<T>(IReadOnlyList<T> items, int count)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, items.Count);
        var left = items.ToArray();
        for (var i = 0; i < count; i++)
        {
            var j = i + NextInt32(left.Length - i);
            (left[i], left[j]) = (left[j], left[i]);
        }

        return left[..count];
    }
}
