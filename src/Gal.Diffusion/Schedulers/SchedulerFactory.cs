namespace Gal.Diffusion.Schedulers;

/// <summary>Makes schedulers from a model's scheduler_config.json.</summary>
public static class SchedulerFactory
{
    /// <summary>A scheduler for one trajectory.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="schedule">The model's noise schedule.</param>
    /// <param name="inferenceStepCount">Steps, between 1 and the training timesteps.</param>
    /// <param name="eta">DDIM's share of DDPM's noise, 0 … 1; other schedulers do not read it.</param>
    /// <exception cref="ArgumentOutOfRangeException">The step count is outside its range.</exception>
    public static IScheduler Create(SchedulerKind kind, NoiseSchedule schedule, int inferenceStepCount, double eta = 0)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        ArgumentOutOfRangeException.ThrowIfLessThan(inferenceStepCount, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(inferenceStepCount, schedule.Config.NumTrainTimesteps);
        return kind switch
        {
            SchedulerKind.Ddpm => new DdpmScheduler(schedule, inferenceStepCount),
            SchedulerKind.Ddim => new DdimScheduler(schedule, inferenceStepCount, eta),
            SchedulerKind.Pndm => new PndmScheduler(schedule, inferenceStepCount),
            SchedulerKind.DpmSolverPlusPlus2M => new DpmSolverScheduler(schedule, inferenceStepCount, karras: false),
            SchedulerKind.DpmSolverPlusPlus2MKarras => new DpmSolverScheduler(schedule, inferenceStepCount, karras: true),
            SchedulerKind.Euler => new EulerScheduler(schedule, inferenceStepCount, ancestral: false),
            SchedulerKind.EulerAncestral => new EulerScheduler(schedule, inferenceStepCount, ancestral: true),
            SchedulerKind.UniPc => new UniPcScheduler(schedule, inferenceStepCount),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a scheduler."),
        };
    }
}
