using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Layers;

/// <summary>A two-dimensional convolution with uninitialised parameters.</summary>
internal sealed class ConvolutionLayer : nn.Module<Tensor, Tensor>
{
    public readonly Parameter weight;
    public readonly Parameter? bias;
    private readonly long[] _stride;
    private readonly long[] _padding;

    public ConvolutionLayer(long inputChannels, long outputChannels, int kernelSize, int stride = 1, int padding = 0, bool hasBias = true)
        : base(nameof(ConvolutionLayer))
    {
        weight = new Parameter(empty(outputChannels, inputChannels, kernelSize, kernelSize));
        bias = hasBias ? new Parameter(empty(outputChannels)) : null;
        (_stride, _padding) = ([stride, stride], [padding, padding]);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => nn.functional.conv2d(input, weight, bias, _stride, _padding);
}
