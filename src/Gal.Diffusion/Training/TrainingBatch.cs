using static TorchSharp.torch;

namespace Gal.Diffusion.Training;

/// <summary>What one forward pass of a training sees: the samples, then as many class pictures where there is prior preservation.</summary>
/// <param name="Latents">x_0 [n, channels, height, width], scaled.</param>
/// <param name="Noise">ε, of the same shape.</param>
/// <param name="Timesteps">t, one a picture.</param>
/// <param name="Prompts">One a picture.</param>
/// <param name="Weights">Factor of each picture's mean squared error, before the division by the batch size.</param>
/// <param name="SampleCount">How many of the n are samples; the rest are class pictures.</param>
internal sealed record TrainingBatch(Tensor Latents, Tensor Noise, long[] Timesteps, CachedPrompt[] Prompts, float[] Weights, int SampleCount)
{
    /// <summary>The samples, by position in the specification; empty where the batch was made by hand.</summary>
    public IReadOnlyList<int> SampleIndices { get; init; } = [];
}
