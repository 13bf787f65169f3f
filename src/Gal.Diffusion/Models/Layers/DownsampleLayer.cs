using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Layers;

/// <summary>Halves height and width by a convolution of stride 2.</summary>
internal sealed class DownsampleLayer : nn.Module<Tensor, Tensor>
{
    public readonly ConvolutionLayer conv;
    private readonly bool _padsRightAndBottom;

    /// <param name="channels">Channels in and out.</param>
    /// <param name="padding">0 pads a zero column right and row below instead, as the VAE was trained.</param>
    public DownsampleLayer(long channels, int padding)
        : base(nameof(DownsampleLayer))
    {
        conv = new ConvolutionLayer(channels, channels, 3, stride: 2, padding: padding);
        _padsRightAndBottom = padding == 0;
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => conv.call(_padsRightAndBottom ? nn.functional.pad(input, (0, 1, 0, 1)) : input);
}
