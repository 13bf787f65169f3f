using Gal.Diffusion.Models.Layers;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Unet;

/// <summary>One cross-attention's own keys and values for a picture (IP-Adapter).</summary>
internal sealed class ImagePromptAttention : nn.Module
{
    public readonly LinearLayer to_k_ip;
    public readonly LinearLayer to_v_ip;

    public ImagePromptAttention(long tokenSize, long channels)
        : base(nameof(ImagePromptAttention))
    {
        to_k_ip = new LinearLayer(tokenSize, channels, hasBias: false);
        to_v_ip = new LinearLayer(tokenSize, channels, hasBias: false);
        RegisterComponents();
    }

    /// <param name="query">[batch, pixels, channels].</param>
    /// <param name="imageTokens">[batch, tokens, size].</param>
    /// <param name="headCount">The attention's heads.</param>
    public Tensor Attend(Tensor query, Tensor imageTokens, int headCount) => Attention.Of(query, to_k_ip.call(imageTokens), to_v_ip.call(imageTokens), headCount);
}
