namespace Gal.Diffusion.Training;

/// <summary>A word to learn.</summary>
/// <param name="Token">As it stands in the prompts, for example "&lt;cat-toy&gt;"; without white space.</param>
/// <param name="InitialWord">The word of the vocabulary whose vector it starts from, for example "cat".</param>
/// <param name="VectorCount">Vectors that the word stands for, 1 or more.</param>
public sealed record LearnedTokenOptions(string Token, string InitialWord, int VectorCount = 1);
