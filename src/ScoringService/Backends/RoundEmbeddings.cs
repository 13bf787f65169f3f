namespace Gal.Scoring.Backends;

/// <summary>What a round is judged from: every direction's images and prompt, and the non-SoI texts that all of them are judged against.</summary>
public sealed class RoundEmbeddings
{
    /// <summary>Puts a round together.</summary>
    /// <param name="images">[Σ counts, dimension]: the images of direction 0, then those of direction 1, and so on.</param>
    /// <param name="imageCounts">N of each direction, at least 1 each.</param>
    /// <param name="prompts">[directions, dimension]: p_i.</param>
    /// <param name="nonSoiTexts">[texts, dimension], at least one.</param>
    /// <exception cref="ArgumentException">The shapes do not fit one another.</exception>
    public RoundEmbeddings(EmbeddingRows images, IReadOnlyList<int> imageCounts, EmbeddingRows prompts, EmbeddingRows nonSoiTexts)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(imageCounts);
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(nonSoiTexts);
        RequireEqual("prompts", prompts.RowCount, "directions", imageCounts.Count);
        RequireEqual("images", images.RowCount, "images of all directions together", imageCounts.Sum());
        RequireEqual("features of the prompts", prompts.Dimension, "features of the images", images.Dimension);
        RequireEqual("features of the non-SoI texts", nonSoiTexts.Dimension, "features of the images", images.Dimension);
        if (imageCounts.Count == 0 || nonSoiTexts.RowCount == 0 || imageCounts.Any(n => n < 1))
        {
            throw new ArgumentException("A round needs at least one direction, one image in each and one non-SoI text.");
        }

        (Images, ImageCounts, Prompts, NonSoiTexts) = (images, imageCounts, prompts, nonSoiTexts);
    }

    /// <summary>[Σ counts, dimension].</summary>
    public EmbeddingRows Images { get; }

    /// <summary>N of each direction.</summary>
    public IReadOnlyList<int> ImageCounts { get; }

    /// <summary>[directions, dimension].</summary>
    public EmbeddingRows Prompts { get; }

    /// <summary>[texts, dimension].</summary>
    public EmbeddingRows NonSoiTexts { get; }

    private static void RequireEqual(string what, int count, string other, int otherCount)
    {
        if (count != otherCount)
        {
            throw new ArgumentException($"There are {count} {what} and {otherCount} {other}; they must be as many.");
        }
    }
}
