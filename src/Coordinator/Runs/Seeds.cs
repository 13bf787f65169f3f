namespace Gal.Coordination.Runs;

/// <summary>The seeds of the images that the method does not name. They depend on what the image is, never on the order of work.</summary>
internal static class Seeds
{
    private const long RunStride = 1_000_003;

    // Above every anchor image's seed, 2^31 · 1000003 + 1024 · 1000, so that no class picture shares its noise.
    private const long ClassImages = 1L << 52;

    /// <summary>The seed of evaluation image i, counted prompt by prompt: the same in every round. So does the reference loop: its pictures come out equal (tests/golden/emoji-run).</summary>
    public static long OfEvaluationImage(long firstSeed, int imageIndex) => firstSeed + imageIndex;

    /// <summary>The seed of class picture i.</summary>
    public static long OfClassImage(long runSeed, int imageIndex) => ClassImages + (runSeed * RunStride) + imageIndex;
}
