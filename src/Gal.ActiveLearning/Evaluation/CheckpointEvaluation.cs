namespace Gal.ActiveLearning.Evaluation;

/// <summary>Measurements of a round's checkpoint.</summary>
/// <param name="TextAlignment">TXT-ALN: mean F(x, prompt).</param>
/// <param name="ImageAlignment">IMG-ALN: mean cosine of generated with reference pictures.</param>
/// <param name="OverfitRate">OVF: share of images nearer to a reference caption than to their own prompt.</param>
/// <param name="Images">What was measured, prompt by prompt.</param>
public sealed record CheckpointEvaluation(Metric TextAlignment, Metric ImageAlignment, Metric OverfitRate, IReadOnlyList<EvaluatedImage> Images)
{
    /// <summary>Summarises measured images.</summary>
    /// <param name="images">At least one.</param>
    /// <param name="seed">Of the bootstrap.</param>
    /// <exception cref="ArgumentException">No images, or a similarity is not finite; names the image.</exception>
    public static CheckpointEvaluation Of(IReadOnlyList<EvaluatedImage> images, long seed)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentOutOfRangeException.ThrowIfZero(images.Count);
        var broken = images.FirstOrDefault(i => !float.IsFinite(i.PromptSimilarity + i.CaptionSimilarity + i.ReferenceSimilarity));
        if (broken is not null)
        {
            throw new ArgumentException($"The image of evaluation prompt {broken.PromptIndex} with seed {broken.Seed} has a similarity that is not finite; the checkpoint makes broken pictures.", nameof(images));
        }

        return new CheckpointEvaluation(
            Bootstrap.MeanOf([.. images.Select(i => (double)i.PromptSimilarity)], seed),
            Bootstrap.MeanOf([.. images.Select(i => (double)i.ReferenceSimilarity)], seed),
            Bootstrap.MeanOf([.. images.Select(i => i.IsOverfitted ? 1.0 : 0.0)], seed),
            images);
    }
}
