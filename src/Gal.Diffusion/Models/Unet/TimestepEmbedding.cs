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

    // In an array, because a field that is a tensor would be registered as a buffer.
    private readonly Tensor?[] _frequencies = [null];

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

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _frequencies[0]?.Dispose();
        }

        base.Dispose(disposing);
    }

    // [sin(t·freq), cos(t·freq)], or cosines first.
    private Tensor Project(Tensor timesteps)
    {
        var angles = timesteps.to(ScalarType.Float32).unsqueeze(1) * Frequencies(timesteps.device).unsqueeze(0);
        return _flipSinToCos ? cat([cos(angles), sin(angles)], -1) : cat([sin(angles), cos(angles)], -1);
    }

    // freq_i = exp(-ln(10000) · i / (half - shift)). Computed once: the Scalars that arange makes each time stay until the next collection, and as they lie
    // between a step's activations they cut the heap to pieces.
    private Tensor Frequencies(Device device)
    {
        if (_frequencies[0] is { } known && known.device == device)
        {
            return known;
        }

        using var scope = NewDisposeScope();
        _frequencies[0]?.Dispose();
        var half = _channels / 2;
        return _frequencies[0] = exp(arange(half, dtype: ScalarType.Float32, device: device) * (-Math.Log(MaxPeriod) / (half - _freqShift)).Held()).DetachFromDisposeScope();
    }
}
