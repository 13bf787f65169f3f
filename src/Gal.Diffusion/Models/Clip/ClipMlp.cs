using Gal.Diffusion.Models.Layers;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Clip;

/// <summary>Linear, activation, linear.</summary>
internal sealed class ClipMlp : nn.Module<Tensor, Tensor>
{
    // quick_gelu(x) = x · sigmoid(1.702 x).
    private const double QuickGeluSlope = 1.702;

    public readonly LinearLayer fc1;
    public readonly LinearLayer fc2;
    private readonly bool _isQuickGelu;

    public ClipMlp(long size, long innerSize, string activation)
        : base(nameof(ClipMlp))
    {
        _isQuickGelu = activation == "quick_gelu";
        fc1 = new LinearLayer(size, innerSize);
        fc2 = new LinearLayer(innerSize, size);
        RegisterComponents();
    }

    public override Tensor forward(Tensor states)
    {
        var inner = fc1.call(states);
        return fc2.call(_isQuickGelu ? inner * sigmoid(QuickGeluSlope * inner) : nn.functional.gelu(inner));
    }
}
