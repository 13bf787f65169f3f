namespace Gal.Diffusion.Schedulers;

/// <summary>Noise levels at a sampler's timesteps.</summary>
internal static class SigmaTables
{
    // Karras et al. 2022, Eq. 5.
    private const double Rho = 7;

    /// <summary>σ at each timestep, linearly between whole ones, with the final 0 appended.</summary>
    public static float[] At(NoiseSchedule schedule, IEnumerable<double> timesteps) => [.. timesteps.Select(t => Interpolate(schedule.Sigmas, t)), 0];

    /// <summary>Karras noise levels with the final 0 appended, and the whole timesteps nearest to them in log σ.</summary>
    public static (float[] Sigmas, long[] Timesteps) Karras(NoiseSchedule schedule, int count)
    {
        // The outermost levels keep the digits that float32 would drop: with rounded ones some levels differ from the reference's in their last place.
        var (low, high) = (Math.Pow(Unrounded(schedule.AlphasCumprod[0]), 1 / Rho), Math.Pow(Unrounded(schedule.AlphasCumprod[^1]), 1 / Rho));
        var step = count > 1 ? 1.0 / (count - 1) : 0;
        var sigmas = Enumerable.Range(0, count).Select(i => Math.Pow(high + (i * step * (low - high)), Rho)).ToArray();
        var logs = schedule.Sigmas.Select(sigma => MathF.Log(sigma)).ToArray();
        var timesteps = sigmas.Select(sigma => (long)Math.Round(TimestepOf(Math.Log(sigma), logs), MidpointRounding.ToEven));
        return ([.. sigmas.Select(sigma => (float)sigma), 0], [.. timesteps]);
    }

    private static double Unrounded(float alphaProdT) => Math.Sqrt((1 - alphaProdT) / alphaProdT);

    private static float Interpolate(IReadOnlyList<float> sigmas, double timestep)
    {
        var below = Math.Min((int)timestep, sigmas.Count - 1);
        var above = Math.Min(below + 1, sigmas.Count - 1);
        return (float)(sigmas[below] + ((timestep - below) * ((double)sigmas[above] - sigmas[below])));
    }

    private static double TimestepOf(double logSigma, float[] logs)
    {
        var low = Math.Clamp(Array.FindLastIndex(logs, log => logSigma >= log), 0, logs.Length - 2);
        var weight = Math.Clamp((logs[low] - logSigma) / ((double)logs[low] - logs[low + 1]), 0, 1);
        return ((1 - weight) * low) + (weight * (low + 1));
    }
}
