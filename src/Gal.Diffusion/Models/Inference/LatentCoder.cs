using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Inference;

/// <summary>A VAE for encoding and decoding without gradients.</summary>
/// <remarks>Not safe for use by several threads at once: it belongs to the device's worker.</remarks>
public abstract class LatentCoder : IDisposable
{
    /// <summary>The fastest form of a VAE on its device: laid out for oneDNN on a CPU that it supports, the module itself elsewhere. Both are equal within rounding.</summary>
    /// <param name="vae">The weights, float32. Borrowed, and shared.</param>
    public static LatentCoder Create(AutoencoderKl vae)
    {
        ArgumentNullException.ThrowIfNull(vae);
        return vae.parameters().First().device_type == TorchSharp.DeviceType.CPU && OneDnn.IsAvailable
            ? new PreparedVae(vae.state_dict(), vae.Config.NormNumGroups)
            : new ModuleLatentCoder(vae);
    }

    /// <summary>The posterior's mean and logarithm of the variance side by side.</summary>
    /// <param name="images">[batch, 3, height, width] in [-1, 1], float32. Borrowed.</param>
    /// <returns>[batch, 2 · latent channels, height/f, width/f], float32, not clamped, no scaling factor applied; the caller disposes it.</returns>
    public abstract Tensor Encode(Tensor images);

    /// <summary>The images of latents.</summary>
    /// <param name="latents">[batch, latent channels, height/f, width/f], float32, already divided by the scaling factor. Borrowed.</param>
    /// <returns>[batch, 3, height, width], about [-1, 1], float32; the caller disposes it.</returns>
    public abstract Tensor Decode(Tensor latents);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the coder made.</summary>
    protected abstract void Dispose(bool disposing);
}
