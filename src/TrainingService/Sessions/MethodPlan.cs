using Gal.Diffusion.Training;

namespace Gal.Training.Sessions;

/// <summary>What is trained, with its own settings.</summary>
internal abstract record MethodPlan
{
    private MethodPlan()
    {
    }

    /// <summary>Every weight of the UNet.</summary>
    public sealed record DreamBooth : MethodPlan;

    /// <summary>Low-rank updates of the attentions.</summary>
    public sealed record Lora(LoraOptions Options) : MethodPlan;

    /// <summary>The vectors of a new word.</summary>
    public sealed record TextualInversion(LearnedTokenOptions Word) : MethodPlan;

    /// <summary>K and V of the cross-attentions, with a modifier token unless it is null.</summary>
    public sealed record CustomDiffusion(LearnedTokenOptions? Modifier) : MethodPlan;
}
