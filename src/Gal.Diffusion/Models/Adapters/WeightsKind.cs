namespace Gal.Diffusion.Models.Adapters;

/// <summary>What a weights file holds.</summary>
public enum WeightsKind
{
    /// <summary>A whole UNet under diffusers' names.</summary>
    Unet,

    /// <summary>Low-rank updates, in any dialect.</summary>
    Lora,

    /// <summary>Vectors of a learned word.</summary>
    TextualInversion,

    /// <summary>Keys and values of the cross-attentions.</summary>
    CustomDiffusion,

    /// <summary>Attention to a picture.</summary>
    IpAdapter,
}
