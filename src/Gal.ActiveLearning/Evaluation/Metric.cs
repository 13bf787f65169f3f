namespace Gal.ActiveLearning.Evaluation;

/// <summary>A mean with its 95 % bootstrap interval.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Lower">The interval's lower end.</param>
/// <param name="Upper">The interval's upper end.</param>
public sealed record Metric(double Mean, double Lower, double Upper);
