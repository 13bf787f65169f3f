using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Layers;

/// <summary>A two-dimensional convolution with uninitialised parameters.</summary>
internal sealed class ConvolutionLayer : nn.Module<Tensor, Tensor>, IAdaptableLayer
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

    public Parameter Weight => weight;

    public List<LowRankUpdate> Updates { get; } = [];

    public override Tensor forward(Tensor input)
    {
        var output = nn.functional.conv2d(input, weight, bias, _stride, _padding);
        foreach (var update in Updates)
        {
            output = output + update.OfConvolution(input, _stride, _padding);
        }
        return output;
    }
}
