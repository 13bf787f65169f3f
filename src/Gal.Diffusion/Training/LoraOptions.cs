using Gal.Diffusion.Models.Adapters;

namespace Gal.Diffusion.Training;

/// <summary>The shape of a LoRA.</summary>
/// <param name="Rank">Columns of B, 1 or more.</param>
public sealed record LoraOptions(int Rank = 4)
{
    /// <summary>The update is scaled by alpha / rank; the rank itself if null.</summary>
    public double? Alpha { get; init; }

    /// <summary>The share of each adapted layer's inputs that is zeroed in training, in [0, 1).</summary>
    public double Dropout { get; init; }

    /// <summary>The names in the file that is written.</summary>
    public LoraDialect Dialect { get; init; } = LoraDialect.Diffusers;
}
