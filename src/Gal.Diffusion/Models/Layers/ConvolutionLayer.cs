using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Layers;

/// <summary>A two-dimensional convolution with uninitialised parameters.</summary>
internal sealed class ConvolutionLayer : nn.Module<Tensor, Tensor>, IAdaptableLayer
{
    public readonly Parameter weight;
    public readonly Parameter? bias;
    // libtorch 2.10 on a CPU: in bfloat16 the gradient of a convolution's input is wrong by half or not a number unless both channel counts are multiples of this.
    private const int BFloat16ChannelMultiple = 16;

    // oneDNN of libtorch 2.10 with AVX-512: choosing the blocks of a 1 × 1 convolution from 1024 to 512 channels divides by zero, which ends the process, where more than one
    // picture lies with its channels last. Seen for no other numbers of channels of this architecture.
    private const int DividingChannelMultiple = 1024;

    private readonly bool _avoidsBFloat16;
    private readonly bool _avoidsChannelsLast;
    private readonly long[] _stride;
    private readonly long[] _padding;

    public ConvolutionLayer(long inputChannels, long outputChannels, int kernelSize, int stride = 1, int padding = 0, bool hasBias = true)
        : base(nameof(ConvolutionLayer))
    {
        weight = new Parameter(empty(outputChannels, inputChannels, kernelSize, kernelSize));
        bias = hasBias ? new Parameter(empty(outputChannels)) : null;
        _avoidsBFloat16 = inputChannels % BFloat16ChannelMultiple != 0 || outputChannels % BFloat16ChannelMultiple != 0;
        _avoidsChannelsLast = kernelSize == 1 && inputChannels % DividingChannelMultiple == 0;
        (_stride, _padding) = ([stride, stride], [padding, padding]);
        RegisterComponents();
    }

    public Parameter Weight => weight;

    public List<LowRankUpdate> Updates { get; } = [];

    public override Tensor forward(Tensor input)
    {
        var dtype = _avoidsBFloat16 && input.dtype == ScalarType.BFloat16 ? ScalarType.Float32 : input.dtype;
        var output = nn.functional.conv2d((_avoidsChannelsLast ? input.contiguous() : input).In(dtype), weight.In(dtype), bias?.In(dtype), _stride, _padding).In(input.dtype);
        foreach (var update in Updates)
        {
            output = output + update.OfConvolution(input, _stride, _padding);
        }
        return output;
    }
}
