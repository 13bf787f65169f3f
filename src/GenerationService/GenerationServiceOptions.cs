using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Gal.Hosting;
using Gal.ModelServing;

namespace Gal.Generation;

/// <summary>GenerationService's settings.</summary>
public sealed class GenerationServiceOptions : ModelServiceOptions
{
    /// <summary>Sets the service's own defaults.</summary>
    public GenerationServiceOptions() => (Address, StateFolder) = (DefaultAddresses.Generation, Path.Combine("gal-data", "generation"));

    /// <summary>Latent pixels (width / 8 times height / 8, times images) that are denoised together when the request leaves the batch size to the service. Default 8192: 32 images of 128 pixels, 2 of 512.</summary>
    [Range(1, 1 << 24)]
    [Description("latent pixels denoised together when a request leaves the batch size open")]
    public int BatchLatentPixelCount { get; set; } = 8192;
}
