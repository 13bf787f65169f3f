namespace Gal.Diffusion.Pipelines;

/// <summary>The number format that the UNet computes in. Latents, schedulers and the VAE stay in float32.</summary>
public enum ComputeDtype
{
    /// <summary>IEEE single precision.</summary>
    Float32,

    /// <summary>bfloat16: float32's range with 8 bits of precision. Many times slower on a processor without instructions for it.</summary>
    BFloat16,

    /// <summary>IEEE half precision; for graphics cards.</summary>
    Float16,
}
