using Gal.Diffusion.Models.Layers;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Clip;

/// <summary>Self-attention of a CLIP tower.</summary>
internal sealed class ClipAttention : nn.Module<Tensor, Tensor>
{
    public readonly LinearLayer k_proj;
    public readonly LinearLayer v_proj;
    public readonly LinearLayer q_proj;
    public readonly LinearLayer out_proj;
    private readonly int _headCount;
    private readonly bool _isCausal;

    public ClipAttention(long size, int headCount, bool isCausal)
        : base(nameof(ClipAttention))
    {
        (_headCount, _isCausal) = (headCount, isCausal);
        k_proj = new LinearLayer(size, size);
        v_proj = new LinearLayer(size, size);
        q_proj = new LinearLayer(size, size);
        out_proj = new LinearLayer(size, size);
        RegisterComponents();
    }

    public override Tensor forward(Tensor states) => out_proj.call(Attention.Of(q_proj.call(states), k_proj.call(states), v_proj.call(states), _headCount, _isCausal));
}
