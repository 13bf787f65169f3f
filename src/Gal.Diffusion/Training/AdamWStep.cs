namespace Gal.Diffusion.Training;

/// <summary>The numbers of one AdamW step that all parameters share.</summary>
/// <param name="GradientScale">What gradients are multiplied by first.</param>
/// <param name="Decay">1 - lr · weight decay.</param>
/// <param name="StepSize">lr / (1 - β₁ᵗ).</param>
/// <param name="RootCorrection">√(1 - β₂ᵗ).</param>
internal readonly record struct AdamWStep(float GradientScale, float Decay, float StepSize, float RootCorrection);
