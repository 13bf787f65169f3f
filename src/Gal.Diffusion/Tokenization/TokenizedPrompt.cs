namespace Gal.Diffusion.Tokenization;

/// <summary>A prompt as the text encoder reads it.</summary>
/// <param name="Ids">Start token, words, end token, then end tokens up to the model's length.</param>
/// <param name="TokenCount">How many tokens the whole prompt has, start and end token included; above the model's length when words were cut.</param>
/// <param name="CutText">The words that the model does not see, as text; null when none was cut.</param>
public sealed record TokenizedPrompt(IReadOnlyList<int> Ids, int TokenCount, string? CutText);
