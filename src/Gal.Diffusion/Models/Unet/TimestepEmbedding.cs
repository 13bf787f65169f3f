using Gal.Diffusion.Models.Layers;
using Gal.Diffusion.Runtime;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Unet;

/// <summary>Sines and cosines of the timestep, then two linear layers.</summary>
internal sealed class TimestepEmbedding : nn.Module<Tensor, Tensor>
{
    private const double MaxPeriod = 10_000;

    public readonly LinearLayer linear_1;
    public readonly LinearLayer linear_2;
    private readonly long _channels;
    private readonly bool _flipSinToCos;
    private readonly double _freqShift;

    public TimestepEmbedding(UNetConfig config, long size)
        : base(nameof(TimestepEmbedding))
    {
        (_channels, _flipSinToCos, _freqShift) = (config.BlockOutChannels[0], config.FlipSinToCos, config.FreqShift);
        linear_1 = new LinearLayer(_channels, size);
        linear_2 = new LinearLayer(size, size);
        RegisterComponents();
    }

    /// <param name="timesteps">[batch], int64 or float.</param>
    /// <returns>[batch, size].</returns>
    public override Tensor forward(Tensor timesteps) => linear_2.call(nn.functional.silu(linear_1.call(Project(timesteps).to(linear_1.weight.dtype))));

    // freq_i = exp(-ln(10000) · i / (half - shift)); [sin(t·freq), cos(t·freq)], or cosines first.
    private Tensor Project(Tensor timesteps)
    {
        var half = _channels / 2;
        var frequencies = exp(arange(half, dtype: ScalarType.Float32, device: timesteps.device) * (-Math.Log(MaxPeriod) / (half - _freqShift)).Held());
        var angles = timesteps.to(ScalarType.Float32).unsqueeze(1) * frequencies.unsqueeze(0);
        return _flipSinToCos ? cat([cos(angles), sin(angles)], -1) : cat([sin(angles), cos(angles)], -1);
    }
}
