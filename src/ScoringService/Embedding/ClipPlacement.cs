using Gal.Diffusion.Runtime;
using Gal.Scoring.Backends;

namespace Gal.Scoring.Embedding;

/// <summary>Where CLIP runs.</summary>
/// <param name="Device">"cpu" or "cuda:N".</param>
/// <param name="KeepsFeatures">Whether features stay on the device, since the kernels read them there.</param>
internal sealed record ClipPlacement(string Device, bool KeepsFeatures)
{
    /// <summary>On the device that torch's work is done on; the kernels are on the same card, where they are on one.</summary>
    /// <param name="device">"cpu" or "cuda:N".</param>
    /// <param name="backend">What scores.</param>
    public static ClipPlacement Find(string device, IScoringBackend backend) => new(device, ComputeDevice.IsCard(device) && backend.Status.WhyNotCuda is null);
}
