using Gal.Diffusion.Models.Layers;
using Gal.Diffusion.Runtime;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Unet;

/// <summary>Attention from the picture to itself or to the prompt.</summary>
internal sealed class CrossAttention : nn.Module<Tensor, Tensor?, Tensor>
{
    public readonly LinearLayer to_q;
    public readonly LinearLayer to_k;
    public readonly LinearLayer to_v;
    public readonly ModuleList<LinearLayer> to_out;

    /// <param name="channels">Width of the picture's states.</param>
    /// <param name="contextSize">Width of what is attended to.</param>
    /// <param name="headCount">Divides <paramref name="channels"/>.</param>
    public CrossAttention(long channels, long contextSize, int headCount)
        : base(nameof(CrossAttention))
    {
        HeadCount = headCount;
        to_q = new LinearLayer(channels, channels, hasBias: false);
        to_k = new LinearLayer(contextSize, channels, hasBias: false);
        to_v = new LinearLayer(contextSize, channels, hasBias: false);
        to_out = new ModuleList<LinearLayer>(new LinearLayer(channels, channels));
        RegisterComponents();
    }

    public int HeadCount { get; }

    /// <summary>A picture to attend to beside the context; null without one.</summary>
    public ImagePrompt? ImagePrompt { get; set; }

    /// <param name="states">[batch, pixels, channels].</param>
    /// <param name="context">[batch, tokens, context]; null attends to the states themselves.</param>
    public override Tensor forward(Tensor states, Tensor? context)
    {
        var source = context ?? states;
        var query = to_q.call(states);
        var attended = Attention.Of(query, to_k.call(source), to_v.call(source), HeadCount);
        if (ImagePrompt is { Scale: not 0 } image)
        {
            attended = attended + (image.Scale.Held() * image.Projections.Attend(query, image.Tokens, HeadCount));
        }
        return to_out[0].call(attended);
    }
}
