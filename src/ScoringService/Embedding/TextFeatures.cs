namespace Gal.Scoring.Embedding;

/// <summary>What CLIP makes of a text.</summary>
/// <param name="Features">One row, of length 1.</param>
/// <param name="CutText">The end of the text that the token limit cuts off; empty if all of it fits.</param>
internal sealed record TextFeatures(FeatureRows Features, string CutText) : IDisposable
{
    /// <summary>The same features for somebody else to dispose.</summary>
    public TextFeatures Share() => this with { Features = Features.Slice(0, 1) };

    /// <inheritdoc/>
    public void Dispose() => Features.Dispose();
}
