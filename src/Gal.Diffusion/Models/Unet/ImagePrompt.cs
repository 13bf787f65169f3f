using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Unet;

/// <summary>A picture that a cross-attention looks at beside the text. Held by an attention, so it is no module of it.</summary>
/// <param name="Projections">Keys and values.</param>
/// <param name="Tokens">[batch, tokens, size], of the batch of the next calls.</param>
/// <param name="Scale">0 ignores the picture.</param>
internal sealed record ImagePrompt(ImagePromptAttention Projections, Tensor Tokens, double Scale);
