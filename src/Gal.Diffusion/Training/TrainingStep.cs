namespace Gal.Diffusion.Training;

/// <summary>What one optimizer step did.</summary>
/// <param name="Step">Its number, from 1.</param>
/// <param name="Loss">The weighted loss that was descended.</param>
/// <param name="InstanceLoss">The samples' mean squared error, without weights.</param>
/// <param name="ClassLoss">The class pictures' mean squared error, without weights; 0 where there are none.</param>
/// <param name="GradientNorm">Before clipping.</param>
/// <param name="LearningRate">AdamW's step size at this step.</param>
/// <param name="SampleIndices">The samples of the batch, by position in the specification.</param>
public sealed record TrainingStep(int Step, double Loss, double InstanceLoss, double ClassLoss, double GradientNorm, double LearningRate, IReadOnlyList<int> SampleIndices);
