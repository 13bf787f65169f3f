namespace Gal.Diffusion.Training;

/// <summary>The learning rate of each step, as diffusers' schedules of the same names give it.</summary>
internal static class LearningRate
{
    // diffusers' lr_end of the polynomial schedule.
    private const double PolynomialEnd = 1e-7;

    /// <summary>The factor on the base rate.</summary>
    /// <param name="options">Schedule, warm-up, length, cycles and power.</param>
    /// <param name="baseRate">The rate that the factor is for.</param>
    /// <param name="step">From 0.</param>
    public static double Factor(TrainingOptions options, double baseRate, int step)
    {
        if (options.Schedule == LearningRateSchedule.Constant)
        {
            return 1;
        }

        if (step < options.WarmupStepCount)
        {
            return (double)step / Math.Max(1, options.WarmupStepCount);
        }

        var length = Math.Max(1, options.StepCount - options.WarmupStepCount);
        var progress = (double)(step - options.WarmupStepCount) / length;
        return options.Schedule switch
        {
            LearningRateSchedule.Linear => Math.Max(0, (double)(options.StepCount - step) / length),
            LearningRateSchedule.Cosine => Math.Max(0, 0.5 * (1 + Math.Cos(Math.PI * progress))),
            LearningRateSchedule.CosineWithRestarts => progress >= 1 ? 0 : Math.Max(0, 0.5 * (1 + Math.Cos(Math.PI * (options.CycleCount * progress % 1)))),
            LearningRateSchedule.Polynomial => step > options.StepCount
                ? PolynomialEnd / baseRate
                : (((baseRate - PolynomialEnd) * Math.Pow(1 - progress, options.Power)) + PolynomialEnd) / baseRate,
            _ => 1,
        };
    }
}
