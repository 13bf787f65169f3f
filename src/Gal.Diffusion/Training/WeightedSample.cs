using Gal.Imaging;

namespace Gal.Diffusion.Training;

/// <summary>A picture to learn from.</summary>
/// <param name="Picture">Of any size; its shortest edge is resized to the model's size and the centre cropped.</param>
/// <param name="Prompt">What it shows.</param>
/// <param name="LossWeight">w in w · mean((ε - ε̂)²), 0 … 1.</param>
public sealed record WeightedSample(RgbImage Picture, string Prompt, double LossWeight = 1);
