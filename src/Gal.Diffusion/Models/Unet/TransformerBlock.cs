using Gal.Diffusion.Models.Layers;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Unet;

/// <summary>Self-attention, attention to the prompt, feed-forward; each on normalised states and added to them.</summary>
internal sealed class TransformerBlock : nn.Module<Tensor, Tensor, Tensor>
{
    public readonly LayerNormLayer norm1;
    public readonly CrossAttention attn1;
    public readonly LayerNormLayer norm2;
    public readonly CrossAttention attn2;
    public readonly LayerNormLayer norm3;
    public readonly FeedForward ff;

    public TransformerBlock(long channels, long contextSize, int headCount)
        : base(nameof(TransformerBlock))
    {
        norm1 = new LayerNormLayer(channels);
        attn1 = new CrossAttention(channels, channels, headCount);
        norm2 = new LayerNormLayer(channels);
        attn2 = new CrossAttention(channels, contextSize, headCount);
        norm3 = new LayerNormLayer(channels);
        ff = new FeedForward(channels);
        RegisterComponents();
    }

    public override Tensor forward(Tensor states, Tensor context)
    {
        states = attn1.call(norm1.call(states), null) + states;
        states = attn2.call(norm2.call(states), context) + states;
        return ff.call(norm3.call(states)) + states;
    }
}
