namespace Gal.Diffusion.Training;

/// <summary>An exponential moving average of the trained weights, which is what <see cref="ITrainer.SaveWeights"/> then writes.</summary>
/// <param name="Decay">The largest share of the average that a step keeps, in [0, 1].</param>
public sealed record EmaOptions(double Decay = 0.9999)
{
    /// <summary>The smallest, once averaging has begun.</summary>
    public double MinDecay { get; init; }

    /// <summary>Steps before averaging begins; until then the average is the weights themselves.</summary>
    public int UpdateAfterStep { get; init; }

    /// <summary>Whether the decay rises as 1 - (1 + step / <see cref="InverseGamma"/>)^-<see cref="Power"/> instead of (1 + step) / (10 + step).</summary>
    public bool UsesWarmup { get; init; }

    /// <summary>Steps over which a warm-up rises; read with <see cref="UsesWarmup"/> alone.</summary>
    public double InverseGamma { get; init; } = 1;

    /// <summary>How steeply; read with <see cref="UsesWarmup"/> alone.</summary>
    public double Power { get; init; } = 2.0 / 3;

    /// <summary>The decay after so many optimizer steps, as diffusers' EMAModel computes it.</summary>
    internal double DecayAt(int optimizerStep)
    {
        var step = optimizerStep - UpdateAfterStep - 1;
        if (step <= 0)
        {
            return 0;
        }

        var rising = UsesWarmup ? 1 - Math.Pow(1 + (step / InverseGamma), -Power) : (1.0 + step) / (10.0 + step);
        return Math.Max(Math.Min(rising, Decay), MinDecay);
    }
}
