using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Gal.Hosting;
using Gal.ModelServing;

namespace Gal.Scoring;

/// <summary>ScoringService's settings.</summary>
public sealed class ScoringServiceOptions : ModelServiceOptions
{
    /// <summary>Sets the service's own defaults.</summary>
    public ScoringServiceOptions() => (Address, StateFolder) = (DefaultAddresses.Scoring, Path.Combine("gal-data", "scoring"));

    /// <summary>Pictures that go through CLIP together. Default 64.</summary>
    [Range(1, 1024)]
    [Description("pictures that go through CLIP together")]
    public int BatchSize { get; set; } = 64;

    /// <summary>Texts whose features are kept; the one not asked for the longest leaves first. Default 10,000 (a few KB each).</summary>
    [Range(0, 10_000_000)]
    [Description("texts whose features are kept")]
    public int TextCacheCapacity { get; set; } = 10_000;
}
