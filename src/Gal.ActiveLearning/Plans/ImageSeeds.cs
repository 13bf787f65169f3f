namespace Gal.ActiveLearning.Plans;

/// <summary>The seed of every image: it depends on what the image is and never on batch, order or pool.</summary>
public static class ImageSeeds
{
    private const long RunStride = 1_000_003;

    /// <summary>Image j of anchor i: run seed · 1000003 + i · N + j.</summary>
    public static long OfAnchor(long runSeed, int anchorIndex, int imagesPerAnchor, int imageIndex) =>
        (runSeed * RunStride) + ((long)anchorIndex * imagesPerAnchor) + imageIndex;
}
