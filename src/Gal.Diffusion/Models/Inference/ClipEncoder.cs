using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Inference;

/// <summary>CLIP's two towers for embedding without gradients: laid out for oneDNN on a CPU that it supports, the module itself elsewhere. Both are equal within rounding.</summary>
/// <remarks>Not safe for use by several threads at once: it belongs to the device's worker.</remarks>
public sealed class ClipEncoder : IDisposable
{
    private readonly ClipModel _clip;
    private readonly PreparedClipVision? _vision;

    /// <summary>Makes the fastest form for the device that the weights are on.</summary>
    /// <param name="clip">The weights, float32. Borrowed, and shared.</param>
    public ClipEncoder(ClipModel clip)
    {
        ArgumentNullException.ThrowIfNull(clip);
        _clip = clip;
        if (clip.parameters().First().device_type == TorchSharp.DeviceType.CPU && OneDnn.IsAvailable)
        {
            _vision = new PreparedClipVision(clip.state_dict(), ClipTowerShape.Of(clip.Config.VisionConfig));
        }
    }

    /// <summary>Projected image features, before they are brought to length 1.</summary>
    /// <param name="pixels">[batch, 3, size, size], normalised, float32. Borrowed.</param>
    /// <returns>[batch, projection], float32; the caller disposes it.</returns>
    public Tensor ImageFeatures(Tensor pixels)
    {
        using var noGrad = no_grad();
        return _vision?.Forward(pixels) ?? _clip.ImageFeatures(pixels);
    }

    /// <inheritdoc/>
    public void Dispose() => _vision?.Dispose();
}
