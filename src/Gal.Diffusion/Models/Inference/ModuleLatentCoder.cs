using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Inference;

/// <summary>The trainable VAE as a coder, for devices without a prepared form.</summary>
internal sealed class ModuleLatentCoder(AutoencoderKl vae) : LatentCoder
{
    /// <inheritdoc/>
    public override Tensor Encode(Tensor images)
    {
        using var noGrad = no_grad();
        return vae.EncodeMoments(images);
    }

    /// <inheritdoc/>
    public override Tensor Decode(Tensor latents)
    {
        using var noGrad = no_grad();
        return vae.Decode(latents);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
    }
}
