using Gal.Imaging;

namespace Gal.Diffusion.Training;

/// <summary>Pictures of the class that must not be forgotten; each sample of a batch is paired with one.</summary>
/// <param name="ClassPrompt">What they show, as "a cat".</param>
/// <param name="ClassPictures">One or more.</param>
/// <param name="LossWeight">Factor of the class term, which is multiplied by the paired sample's loss weight too.</param>
public sealed record PriorPreservation(string ClassPrompt, IReadOnlyList<RgbImage> ClassPictures, double LossWeight = 1);
