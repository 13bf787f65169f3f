namespace Gal.Diffusion.Schedulers;

/// <summary>Which of the training timesteps a sampler visits (Lin et al. 2024, Table 2), as the reference rounds them.</summary>
internal static class TimestepSpacing
{
    /// <summary>Whole timesteps, descending: DDPM, DDIM, PNDM.</summary>
    public static long[] Whole(SchedulerConfig config, int count, string defaultSpacing) => (config.TimestepSpacing ?? defaultSpacing) switch
    {
        "linspace" => [.. Linspace(config.NumTrainTimesteps - 1, count).Select(Round).Reverse()],
        "leading" => [.. Leading(config.NumTrainTimesteps / count, count).Reverse().Select(t => t + config.StepsOffset)],
        _ => [.. Trailing(config.NumTrainTimesteps, count)],
    };

    /// <summary>Whole timesteps, descending, of the solvers that count one point more than they visit: DPM-Solver++, UniPC.</summary>
    public static long[] ForSolver(SchedulerConfig config, int count) => (config.TimestepSpacing ?? "linspace") switch
    {
        "linspace" => [.. Linspace(config.NumTrainTimesteps - 1, count + 1).Select(Round).Reverse().SkipLast(1)],
        "leading" => [.. Leading(config.NumTrainTimesteps / (count + 1), count + 1).Reverse().SkipLast(1).Select(t => t + config.StepsOffset)],
        _ => [.. Trailing(config.NumTrainTimesteps, count)],
    };

    /// <summary>Timesteps that may lie between two training timesteps, descending: Euler.</summary>
    public static float[] Fractional(SchedulerConfig config, int count) => (config.TimestepSpacing ?? "linspace") switch
    {
        "linspace" => [.. Linspace(config.NumTrainTimesteps - 1, count).Select(t => (float)t).Reverse()],
        "leading" => [.. Leading(config.NumTrainTimesteps / count, count).Reverse().Select(t => (float)(t + config.StepsOffset))],
        _ => [.. Trailing(config.NumTrainTimesteps, count).Select(t => (float)t)],
    };

    private static IEnumerable<double> Linspace(double last, int count)
    {
        var step = count > 1 ? last / (count - 1) : 0;
        return Enumerable.Range(0, count).Select(i => i > 0 && i == count - 1 ? last : i * step);
    }

    private static IEnumerable<long> Leading(int stepRatio, int count) => Enumerable.Range(0, count).Select(i => (long)i * stepRatio);

    private static IEnumerable<long> Trailing(int trainCount, int count)
    {
        var ratio = (double)trainCount / count;
        return Enumerable.Range(0, count).Select(i => Round(trainCount - (i * ratio)) - 1);
    }

    private static long Round(double t) => (long)Math.Round(t, MidpointRounding.ToEven);
}
