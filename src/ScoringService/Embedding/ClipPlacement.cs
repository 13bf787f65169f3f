using Gal.Diffusion.Runtime;
using Gal.Scoring.Backends;

namespace Gal.Scoring.Embedding;

/// <summary>Where CLIP runs.</summary>
/// <param name="Device">"cpu" or "cuda:N".</param>
/// <param name="KeepsFeatures">Whether features stay on the device, since the kernels read them there.</param>
internal sealed record ClipPlacement(string Device, bool KeepsFeatures)
{
    /// <summary>On the kernels' card where libtorch can use it, else on the processor. Loads libtorch.</summary>
    /// <param name="backend">What scores.</param>
    public static ClipPlacement Find(IScoringBackend backend) => TorchRuntime.EnsureLoaded().IsCudaAvailable
        ? new($"cuda:{ScoringBackends.DeviceIndex}", backend.Status.WhyNotCuda is null)
        : new("cpu", false);
}
