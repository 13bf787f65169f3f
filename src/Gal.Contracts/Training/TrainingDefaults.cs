namespace Gal.V1;

/// <summary>What unset training settings mean, as the contract says; in one place, so that a service and a run's record agree.</summary>
public static class TrainingDefaults
{
    /// <summary>Fills in every default. What a method or a schedule does not read stays unset; so do a moving average and min-SNR's γ, whose absence is the default.</summary>
    public static void Fill(TrainingSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        settings.Method = settings.Method == TrainingMethod.Unspecified ? TrainingMethod.Dreambooth : settings.Method;
        settings.StepCount = settings.HasStepCount ? settings.StepCount : 500;
        settings.BatchSize = settings.HasBatchSize ? settings.BatchSize : 1;
        settings.LearningRate = settings.HasLearningRate ? settings.LearningRate : LearningRateOf(settings.Method);
        settings.WeightDecay = settings.HasWeightDecay ? settings.WeightDecay : 0.01;
        settings.MaxGradientNorm = settings.HasMaxGradientNorm ? settings.MaxGradientNorm : settings.Method == TrainingMethod.TextualInversion ? 1e6 : 1;
        settings.StateSaveIntervalStepCount = settings.HasStateSaveIntervalStepCount ? settings.StateSaveIntervalStepCount : 50;
        settings.GradientAccumulationCount = settings.HasGradientAccumulationCount ? settings.GradientAccumulationCount : 1;
        settings.NoiseOffset = settings.HasNoiseOffset ? settings.NoiseOffset : 0;
        settings.HorizontalFlip = settings.HasHorizontalFlip && settings.HorizontalFlip;
        settings.GradientCheckpointing = settings.HasGradientCheckpointing && settings.GradientCheckpointing;
        settings.Dtype = settings.Dtype == Dtype.Unspecified ? Dtype.Float32 : settings.Dtype;
        settings.KeptStateCount = settings.HasKeptStateCount ? settings.KeptStateCount : 2;
        FillSaves(settings);
        FillSchedule(settings);
        FillMethod(settings);
        FillAverage(settings.MovingAverage);
    }

    // The rates that diffusers' own examples use.
    private static double LearningRateOf(TrainingMethod method) => method switch
    {
        TrainingMethod.Lora => 1e-4,
        TrainingMethod.TextualInversion => 5e-4,
        TrainingMethod.CustomDiffusion => 1e-5,
        _ => 5e-6,
    };

    private static void FillSchedule(TrainingSettings settings)
    {
        var schedule = settings.LearningRateSchedule == LearningRateSchedule.Unspecified ? LearningRateSchedule.Constant : settings.LearningRateSchedule;
        settings.LearningRateSchedule = schedule;
        if (schedule != LearningRateSchedule.Constant)
        {
            settings.WarmupStepCount = settings.HasWarmupStepCount ? settings.WarmupStepCount : 0;
        }

        if (schedule == LearningRateSchedule.CosineWithRestarts)
        {
            settings.CycleCount = settings.HasCycleCount ? settings.CycleCount : 1;
        }

        if (schedule == LearningRateSchedule.Polynomial)
        {
            settings.Power = settings.HasPower ? settings.Power : 1;
        }
    }

    private static void FillMethod(TrainingSettings settings)
    {
        if (settings.Method == TrainingMethod.Lora)
        {
            var lora = settings.Lora ??= new();
            lora.Rank = lora.HasRank ? lora.Rank : 4;
            lora.Alpha = lora.HasAlpha ? lora.Alpha : lora.Rank;
            lora.Dropout = lora.HasDropout ? lora.Dropout : 0;
        }

        if (settings.LearnedWord is { } word)
        {
            word.VectorCount = word.HasVectorCount ? word.VectorCount : 1;
        }
    }

    private static void FillSaves(TrainingSettings settings)
    {
        if (settings.HasWeightsSaveIntervalStepCount)
        {
            settings.KeptWeightsCount = settings.HasKeptWeightsCount ? settings.KeptWeightsCount : 3;
        }

        if (settings.SampleImages is { } images)
        {
            images.InferenceStepCount = images.HasInferenceStepCount ? images.InferenceStepCount : 20;
            images.GuidanceScale = images.HasGuidanceScale ? images.GuidanceScale : 7.5;
        }
    }

    private static void FillAverage(MovingAverageSettings? average)
    {
        if (average is null)
        {
            return;
        }

        average.Decay = average.HasDecay ? average.Decay : 0.9999;
        average.MinDecay = average.HasMinDecay ? average.MinDecay : 0;
        average.UpdateAfterStepCount = average.HasUpdateAfterStepCount ? average.UpdateAfterStepCount : 0;
        average.UsesWarmup = average.HasUsesWarmup && average.UsesWarmup;
        if (average.UsesWarmup)
        {
            average.InverseGamma = average.HasInverseGamma ? average.InverseGamma : 1;
            average.Power = average.HasPower ? average.Power : 2.0 / 3;
        }
    }
}
