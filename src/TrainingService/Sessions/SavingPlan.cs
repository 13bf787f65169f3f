namespace Gal.Training.Sessions;

/// <summary>What is written before a training's end.</summary>
/// <param name="StateIntervalStepCount">Steps between two states.</param>
/// <param name="KeptStateCount">The newest states that are kept.</param>
/// <param name="WeightsIntervalStepCount">Steps between two saves of the weights; null for none.</param>
/// <param name="KeptWeightsCount">The newest of them that are kept.</param>
/// <param name="ImagesIntervalStepCount">Steps between two looks; null for none.</param>
internal sealed record SavingPlan(int StateIntervalStepCount, int KeptStateCount, int? WeightsIntervalStepCount, int KeptWeightsCount, int? ImagesIntervalStepCount);
