using static TorchSharp.torch;

namespace Gal.Diffusion.Training;

/// <summary>A picture's latents as the VAE encodes them, a normal distribution.</summary>
/// <param name="Mean">[1, channels, height, width].</param>
/// <param name="StandardDeviation">Of the same shape.</param>
internal sealed record CachedPosterior(Tensor Mean, Tensor StandardDeviation) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Mean.Dispose();
        StandardDeviation.Dispose();
    }
}
