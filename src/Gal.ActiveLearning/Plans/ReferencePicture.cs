namespace Gal.ActiveLearning.Plans;

/// <summary>A picture of the subject.</summary>
/// <param name="Image">Its artifact.</param>
/// <param name="Prompt">What it shows, with the identifier in object mode.</param>
public sealed record ReferencePicture(string Image, string Prompt);
