using Gal.Diffusion.Models.Adapters;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Inference;

/// <summary>A picture as the UNet's cross-attentions see it beside the text (IP-Adapter).</summary>
/// <param name="Adapter">Has the keys and values. Borrowed.</param>
/// <param name="Tokens">[batch, tokens, context], of the prompts' batch. Owned.</param>
/// <param name="Scale">How much the picture counts: 0 not at all, 1 as trained.</param>
public sealed record PictureTokens(IpAdapter Adapter, Tensor Tokens, double Scale) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Tokens.Dispose();
}
