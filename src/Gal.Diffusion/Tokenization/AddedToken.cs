namespace Gal.Diffusion.Tokenization;

/// <summary>A token that is matched in the text as it is written, before anything else.</summary>
/// <param name="Text">What stands in the prompt, as "&lt;cat-toy&gt;".</param>
/// <param name="Ids">The ids it becomes, one a vector.</param>
public sealed record AddedToken(string Text, IReadOnlyList<int> Ids);
