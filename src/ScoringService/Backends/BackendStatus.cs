namespace Gal.Scoring.Backends;

/// <summary>What scoring runs on, for Capabilities and `gal doctor`.</summary>
/// <param name="Name">"cpu" or "cuda".</param>
/// <param name="Device">The device in words.</param>
/// <param name="Kernels">What computes there, in words.</param>
/// <param name="WhyNotCuda">Why the CUDA kernels are not used, as a sentence with its remedy; null where they are.</param>
public sealed record BackendStatus(string Name, string Device, string Kernels, string? WhyNotCuda);
