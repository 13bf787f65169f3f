namespace Gal.Training.Sessions;

/// <summary>What one step did.</summary>
/// <param name="Step">Its number, from 1.</param>
/// <param name="Loss">Weighted loss, with the class term.</param>
/// <param name="UnweightedLoss">Mean over the batch of mean((ε - ε̂)²).</param>
/// <param name="GradientNorm">Before clipping.</param>
/// <param name="LearningRate">AdamW's step size.</param>
/// <param name="SampleIndices">The samples of the batch, by position in the request.</param>
internal sealed record StepResult(int Step, double Loss, double UnweightedLoss, double GradientNorm, double LearningRate, IReadOnlyList<int> SampleIndices);
