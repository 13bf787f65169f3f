namespace Gal.Diffusion.Pipelines;

/// <summary>What a sampling call is busy with.</summary>
public enum SamplingStage
{
    /// <summary>The prompts' hidden states; once a call.</summary>
    TextEncoding,

    /// <summary>One call of the UNet and one step of the scheduler.</summary>
    Denoising,

    /// <summary>From latents to pictures; once a call.</summary>
    Decoding,
}
