namespace Gal.Diffusion.Training;

/// <summary>What was encoded before the first step, and how long it took.</summary>
/// <param name="PictureCount">Pictures that went through the VAE's encoder.</param>
/// <param name="PictureTime">Wall time of that.</param>
/// <param name="TextCount">Prompts that went through the text encoder.</param>
/// <param name="TextTime">Wall time of that.</param>
public sealed record TrainingPreparation(int PictureCount, TimeSpan PictureTime, int TextCount, TimeSpan TextTime);
