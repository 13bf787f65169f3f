namespace Gal.ActiveLearning.Evaluation;

/// <summary>One image sampled to measure a checkpoint.</summary>
/// <param name="PromptIndex">Which evaluation prompt.</param>
/// <param name="Image">The picture's artifact.</param>
/// <param name="Seed">What it was sampled with.</param>
/// <param name="PromptSimilarity">F(x, prompt); in object mode the prompt goes without its identifier.</param>
/// <param name="CaptionSimilarity">max F(x, reference captions).</param>
/// <param name="ReferenceSimilarity">Mean CLIP cosine with the reference pictures.</param>
public sealed record EvaluatedImage(int PromptIndex, string Image, long Seed, float PromptSimilarity, float CaptionSimilarity, float ReferenceSimilarity)
{
    /// <summary>Whether it counts into OVF: strictly less, so that a tie does not count. The oracle of the rounds has the opposite rule, as published.</summary>
    public bool IsOverfitted => PromptSimilarity < CaptionSimilarity;
}
