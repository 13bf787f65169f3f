using Gal.V1;

namespace Gal.Scoring.Embedding;

/// <summary>What CLIP makes of a list of texts.</summary>
/// <param name="Texts">The texts.</param>
/// <param name="Rows">A row each, in their order.</param>
/// <param name="CutTexts">The end of each text that the token limit cuts off; empty where all of it fits.</param>
internal sealed record EmbeddedTexts(IReadOnlyList<string> Texts, FeatureRows Rows, IReadOnlyList<string> CutTexts) : IDisposable
{
    /// <summary>A warning for each text that is cut, once.</summary>
    public IEnumerable<Warning> Warnings =>
        Texts.Zip(CutTexts).Where(t => t.Second.Length > 0).DistinctBy(t => t.First).Select(t => ModelServing.Warnings.PromptTruncated(t.First, t.Second));

    /// <inheritdoc/>
    public void Dispose() => Rows.Dispose();
}
