namespace Gal.ActiveLearning.Runs;

/// <summary>A picture that a round trains on.</summary>
/// <param name="Image">Its artifact.</param>
/// <param name="Prompt">Its prompt.</param>
/// <param name="LossWeight">w: 1 for a reference.</param>
/// <param name="IsReference">Whether it is a reference and not an image that a round selected.</param>
public sealed record TrainingSample(string Image, string Prompt, double LossWeight, bool IsReference);
