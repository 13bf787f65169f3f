using Gal.Diffusion.Pipelines;
using Gal.Diffusion.Training;
using Gal.Training.Sessions;
using Gal.V1;
using Schedule = Gal.Diffusion.Training.LearningRateSchedule;

namespace Gal.Training.Jobs;

/// <summary>The contract's settings, complete, in the trainers' words.</summary>
internal static class SettingsMapping
{
    /// <summary>What is trained.</summary>
    public static MethodPlan ToMethod(this TrainingSettings settings) => settings.Method switch
    {
        TrainingMethod.Lora => new MethodPlan.Lora(new LoraOptions(settings.Lora.Rank) { Alpha = settings.Lora.Alpha, Dropout = settings.Lora.Dropout }),
        TrainingMethod.TextualInversion => new MethodPlan.TextualInversion(settings.TextualInversion.ToOptions()),
        TrainingMethod.CustomDiffusion => new MethodPlan.CustomDiffusion(settings.LearnedWord?.ToOptions()),
        _ => new MethodPlan.DreamBooth(),
    };

    /// <summary>Schedules, averages and the like.</summary>
    public static TrainingOptions ToOptions(this TrainingSettings settings) => new()
    {
        Schedule = settings.LearningRateSchedule.ToSchedule(),
        WarmupStepCount = settings.WarmupStepCount,
        StepCount = settings.StepCount,
        CycleCount = settings.HasCycleCount ? settings.CycleCount : 1,
        Power = settings.HasPower ? settings.Power : 1,
        MinSnrGamma = settings.HasMinSnrGamma ? settings.MinSnrGamma : null,
        NoiseOffset = settings.NoiseOffset,
        GradientAccumulationCount = settings.GradientAccumulationCount,
        HorizontalFlip = settings.HorizontalFlip,
        GradientCheckpointing = settings.GradientCheckpointing,
        Dtype = settings.Dtype == Dtype.Bfloat16 ? ComputeDtype.BFloat16 : ComputeDtype.Float32,
        Ema = settings.MovingAverage is { } average ? average.ToOptions() : null,
    };

    /// <summary>What is written before the end.</summary>
    public static SavingPlan ToSaving(this TrainingSettings settings) => new(
        settings.StateSaveIntervalStepCount,
        settings.KeptStateCount,
        settings.HasWeightsSaveIntervalStepCount ? settings.WeightsSaveIntervalStepCount : null,
        settings.KeptWeightsCount,
        settings.SampleImages?.IntervalStepCount);

    /// <summary>What is sampled before the end; null for nothing.</summary>
    public static TrainingPreview? ToPreview(this TrainingSettings settings) => settings.SampleImages is { } images
        ? new([.. images.Prompts]) { InferenceStepCount = images.InferenceStepCount, GuidanceScale = images.GuidanceScale, Seed = images.Seed }
        : null;

    private static LearnedTokenOptions ToOptions(this LearnedWord word) => new(word.Token, word.InitialWord, word.VectorCount);

    private static EmaOptions ToOptions(this MovingAverageSettings average)
    {
        var options = new EmaOptions(average.Decay) { MinDecay = average.MinDecay, UpdateAfterStep = average.UpdateAfterStepCount, UsesWarmup = average.UsesWarmup };
        return average.UsesWarmup ? options with { InverseGamma = average.InverseGamma, Power = average.Power } : options;
    }

    private static Schedule ToSchedule(this V1.LearningRateSchedule schedule) => schedule switch
    {
        V1.LearningRateSchedule.ConstantWithWarmup => Schedule.ConstantWithWarmup,
        V1.LearningRateSchedule.Linear => Schedule.Linear,
        V1.LearningRateSchedule.Cosine => Schedule.Cosine,
        V1.LearningRateSchedule.CosineWithRestarts => Schedule.CosineWithRestarts,
        V1.LearningRateSchedule.Polynomial => Schedule.Polynomial,
        _ => Schedule.Constant,
    };
}
