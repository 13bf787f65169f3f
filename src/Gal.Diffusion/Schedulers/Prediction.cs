using Gal.Diffusion.Runtime;
using static TorchSharp.torch;

namespace Gal.Diffusion.Schedulers;

/// <summary>From the model's answer to x_0 and ε.</summary>
internal static class Prediction
{
    /// <summary>The timestep at <paramref name="index"/>.</summary>
    /// <exception cref="InvalidOperationException">All steps were taken.</exception>
    public static long At(this long[] timesteps, int index) =>
        index < timesteps.Length ? timesteps[index] : throw new InvalidOperationException($"All {timesteps.Length} steps were taken; a scheduler serves one trajectory.");

    /// <summary>The predicted x_0, clipped where the config says so.</summary>
    public static Tensor Original(SchedulerConfig config, Tensor modelOutput, Tensor sample, float alphaProdT)
    {
        var (alpha, beta) = (MathF.Sqrt(alphaProdT), MathF.Sqrt(1 - alphaProdT));
        var original = config.PredictsVelocity ? (alpha.Held() * sample) - (beta.Held() * modelOutput) : (sample - (beta.Held() * modelOutput)) / alpha.Held();
        return config.ClipSample ? original.clamp((-config.ClipSampleRange).Held(), config.ClipSampleRange.Held()) : original;
    }

    /// <summary>The predicted x_0 of a sample x at noise level σ, x = x_0 + σ ε.</summary>
    public static Tensor OriginalAtSigma(SchedulerConfig config, Tensor modelOutput, Tensor sample, float sigma) => config.PredictsVelocity
        ? (modelOutput * (-sigma / MathF.Sqrt((sigma * sigma) + 1)).Held()) + (sample / ((sigma * sigma) + 1).Held())
        : sample - (sigma.Held() * modelOutput);
}
