using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Layers;

/// <summary>y = x Wᵀ + b, with uninitialised parameters: they come from a file, and drawing them first would cost time and a global generator.</summary>
internal sealed class LinearLayer : nn.Module<Tensor, Tensor>, IAdaptableLayer
{
    public readonly Parameter weight;
    public readonly Parameter? bias;

    public LinearLayer(long inputSize, long outputSize, bool hasBias = true)
        : base(nameof(LinearLayer))
    {
        weight = new Parameter(empty(outputSize, inputSize));
        bias = hasBias ? new Parameter(empty(outputSize)) : null;
        RegisterComponents();
    }

    public Parameter Weight => weight;

    public List<LowRankUpdate> Updates { get; } = [];

    public override Tensor forward(Tensor input)
    {
        var output = nn.functional.linear(input, weight.In(input.dtype), bias?.In(input.dtype));
        foreach (var update in Updates)
        {
            output = output + update.OfLinear(input);
        }
        return output;
    }
}
