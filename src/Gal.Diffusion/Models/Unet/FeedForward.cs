using Gal.Diffusion.Models.Layers;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Unet;

/// <summary>Linear, GEGLU (half of the channels gate the other half), linear. The files number its parts 0 and 2; 1 is a dropout without weights.</summary>
internal sealed class FeedForward : nn.Module<Tensor, Tensor>
{
    public readonly Parts net;

    public FeedForward(long channels)
        : base(nameof(FeedForward))
    {
        net = new Parts(channels);
        RegisterComponents();
    }

    public override Tensor forward(Tensor states)
    {
        var halves = net.Gate.proj.call(states).chunk(2, -1);
        return net.Output.call(halves[0] * nn.functional.gelu(halves[1]));
    }

    /// <summary>The numbered parts.</summary>
    internal sealed class Parts : nn.Module
    {
        private const int Widening = 4;

        // In a pair, because fields that are modules would be registered under their own names as well.
        private readonly (GatePart Gate, LinearLayer Output) _parts;

        public Parts(long channels)
            : base(nameof(Parts))
        {
            _parts = (new GatePart(channels, channels * Widening), new LinearLayer(channels * Widening, channels));
            register_module("0", _parts.Gate);
            register_module("2", _parts.Output);
        }

        public GatePart Gate => _parts.Gate;

        public LinearLayer Output => _parts.Output;
    }

    /// <summary>Both halves in one matrix.</summary>
    internal sealed class GatePart : nn.Module
    {
        public readonly LinearLayer proj;

        public GatePart(long channels, long innerSize)
            : base(nameof(GatePart))
        {
            proj = new LinearLayer(channels, innerSize * 2);
            RegisterComponents();
        }
    }
}
