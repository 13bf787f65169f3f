namespace Gal.Diffusion.Models.Adapters;

/// <summary>A word that a weights file teaches the text encoder.</summary>
/// <param name="Token">The word; null in A1111's form, where the file's name is the word.</param>
/// <param name="VectorCount">How many ids it takes.</param>
public sealed record LearnedWord(string? Token, int VectorCount);
