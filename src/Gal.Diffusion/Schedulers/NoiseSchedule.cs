using static TorchSharp.torch;

namespace Gal.Diffusion.Schedulers;

/// <summary>ᾱ_t of every training timestep, and what follows from it alone.</summary>
public sealed class NoiseSchedule
{
    /// <summary>Computes the tables in float32, in the reference's order of operations.</summary>
    public NoiseSchedule(SchedulerConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        using var scope = NewDisposeScope();
        var scaled = config.BetaSchedule == "scaled_linear";
        var (start, end) = scaled ? (Math.Sqrt(config.BetaStart), Math.Sqrt(config.BetaEnd)) : (config.BetaStart, config.BetaEnd);
        var roots = linspace(start, end, config.NumTrainTimesteps, float32);
        var betas = scaled ? roots * roots : roots;
        AlphasCumprod = [.. (1 - betas).cumprod(0).data<float>()];
        Sigmas = [.. AlphasCumprod.Select(alpha => MathF.Sqrt((1 - alpha) / alpha))];
    }

    /// <summary>The settings these tables were made from.</summary>
    public SchedulerConfig Config { get; }

    /// <summary>ᾱ_t for t = 0 … <see cref="SchedulerConfig.NumTrainTimesteps"/> - 1.</summary>
    public IReadOnlyList<float> AlphasCumprod { get; }

    /// <summary>σ_t = √((1 - ᾱ_t) / ᾱ_t), the noise level of x_t / √ᾱ_t.</summary>
    public IReadOnlyList<float> Sigmas { get; }

    /// <summary>x_t = √ᾱ_t x_0 + √(1 - ᾱ_t) ε.</summary>
    /// <param name="original">x_0 [batch, …].</param>
    /// <param name="noise">ε, of the same shape.</param>
    /// <param name="timesteps">t, one a sample.</param>
    public Tensor AddNoise(Tensor original, Tensor noise, ReadOnlySpan<long> timesteps)
    {
        ArgumentNullException.ThrowIfNull(original);
        using var scope = NewDisposeScope();
        var (signal, spread) = Factors(timesteps, original);
        return ((signal * original) + (spread * noise)).MoveToOuterDisposeScope();
    }

    /// <summary>v = √ᾱ_t ε - √(1 - ᾱ_t) x_0, what a v-prediction model is trained to answer.</summary>
    /// <param name="original">x_0 [batch, …].</param>
    /// <param name="noise">ε, of the same shape.</param>
    /// <param name="timesteps">t, one a sample.</param>
    public Tensor Velocity(Tensor original, Tensor noise, ReadOnlySpan<long> timesteps)
    {
        ArgumentNullException.ThrowIfNull(original);
        using var scope = NewDisposeScope();
        var (signal, spread) = Factors(timesteps, original);
        return ((signal * noise) - (spread * original)).MoveToOuterDisposeScope();
    }

    /// <summary>The signal-to-noise ratio ᾱ_t / (1 - ᾱ_t).</summary>
    public float SignalToNoise(long timestep)
    {
        var (signal, spread) = (MathF.Sqrt(AlphasCumprod[(int)timestep]), MathF.Sqrt(1 - AlphasCumprod[(int)timestep]));
        return signal / spread * (signal / spread);
    }

    private (Tensor Signal, Tensor Spread) Factors(ReadOnlySpan<long> timesteps, Tensor like)
    {
        var shape = Enumerable.Repeat(1L, (int)like.dim()).ToArray();
        shape[0] = timesteps.Length;
        var alphas = new float[timesteps.Length];
        for (var i = 0; i < timesteps.Length; i++)
        {
            alphas[i] = AlphasCumprod[(int)timesteps[i]];
        }

        var signal = tensor(alphas.Select(MathF.Sqrt).ToArray()).reshape(shape).to(like.dtype, like.device);
        var spread = tensor(alphas.Select(alpha => MathF.Sqrt(1 - alpha)).ToArray()).reshape(shape).to(like.dtype, like.device);
        return (signal, spread);
    }
}
