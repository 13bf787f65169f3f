using Gal.Diffusion.Runtime;
using static TorchSharp.torch;

namespace Gal.Diffusion.Schedulers;

/// <summary>α, σ and λ = ln α - ln σ of a variance-preserving noise level (DPM-Solver++, section 2.1).</summary>
internal readonly record struct SolverLevel
{
    private SolverLevel(float alpha, float sigma, float lambda) => (Alpha, Sigma, Lambda) = (alpha, sigma, lambda);

    /// <summary>The share of x_0.</summary>
    public float Alpha { get; }

    /// <summary>The share of the noise.</summary>
    public float Sigma { get; }

    /// <summary>Half the log signal-to-noise ratio; +∞ where there is no noise.</summary>
    public float Lambda { get; }

    /// <summary>The levels of noise-to-signal ratios σ / α.</summary>
    public static SolverLevel[] Of(float[] ratios)
    {
        var alphas = ratios.Select(ratio => 1 / MathF.Sqrt((ratio * ratio) + 1)).ToArray();
        var sigmas = ratios.Zip(alphas, (ratio, alpha) => ratio * alpha).ToArray();

        // libtorch's logarithm: a last digit's difference here is multiplied by 1/h in the multistep terms.
        using var scope = NewDisposeScope();
        var lambdas = (tensor(alphas).log() - tensor(sigmas).log()).data<float>().ToArray();
        return [.. alphas.Select((alpha, i) => new SolverLevel(alpha, sigmas[i], lambdas[i]))];
    }

    /// <summary>e^x - 1, by libtorch's exponential, as the reference computes it for DPM-Solver++.</summary>
    public static float Decay(float x)
    {
        using var scope = NewDisposeScope();
        return (tensor(x).exp() - 1.0.Held()).item<float>();
    }

    /// <summary>The predicted x_0.</summary>
    public Tensor Original(SchedulerConfig config, Tensor modelOutput, Tensor sample) => config.PredictsVelocity
        ? (Alpha.Held() * sample) - (Sigma.Held() * modelOutput)
        : (sample - (Sigma.Held() * modelOutput)) / Alpha.Held();
}
