namespace Gal.Diffusion.Pipelines;

/// <summary>A piece of sampling that is done.</summary>
/// <param name="Stage">What it was.</param>
/// <param name="Step">Model calls done so far.</param>
/// <param name="StepCount">Model calls in all.</param>
/// <param name="Elapsed">The time that this piece took.</param>
public readonly record struct SamplingStep(SamplingStage Stage, int Step, int StepCount, TimeSpan Elapsed);
