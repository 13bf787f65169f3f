using static TorchSharp.torch;

namespace Gal.Diffusion.Pipelines;

/// <summary>Standard-normal noise of a batch, each image from a CPU generator of its own: independent of batch, order and device.</summary>
internal sealed class ImageNoise : IDisposable
{
    private readonly Generator[] _generators;
    private readonly long[] _shape;
    private readonly Device _device;

    /// <param name="seeds">One an image.</param>
    /// <param name="channels">Latent channels.</param>
    /// <param name="height">Latent height.</param>
    /// <param name="width">Latent width.</param>
    /// <param name="device">Where the noise is used.</param>
    public ImageNoise(IEnumerable<long> seeds, long channels, long height, long width, Device device)
    {
        _generators = [.. seeds.Select(seed => new Generator(unchecked((ulong)seed)))];
        _shape = [1, channels, height, width];
        _device = device;
    }

    /// <summary>The next [batch, channels, height, width], float32; the caller disposes it.</summary>
    public Tensor Next()
    {
        using var scope = NewDisposeScope();
        var draws = _generators.Select(generator => randn(_shape, generator: generator)).ToList();
        return cat(draws).to(_device).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => Array.ForEach(_generators, generator => generator.Dispose());
}
