using Gal.V1;

namespace Gal.Coordination.Runs;

/// <summary>Fills in what a caller left unset, as the contract says; so that a record is complete whatever later versions' defaults are.</summary>
internal static class RunDefaults
{
    /// <summary>The settings with every default filled in. What only the services know is filled in by <see cref="FillFromServices"/>.</summary>
    public static RunSettings Fill(RunSettings asked)
    {
        var settings = asked.Clone();
        FillActiveLearning(settings.ActiveLearning ??= new());
        FillTraining(settings.Training ??= new(), settings.Seed);
        FillSampling(settings.Sampling ??= new());
        FillEvaluation(settings.Evaluation ??= new());
        if (settings.PriorPreservation is { } prior)
        {
            prior.ClassImageCount = prior.ClassImageCount == 0 ? 200 : prior.ClassImageCount;
            prior.PriorLossWeight = prior.HasPriorLossWeight ? prior.PriorLossWeight : 1;
        }

        return settings;
    }

    /// <summary>Writes the services' own defaults into the settings: models, and the format they compute in.</summary>
    public static void FillFromServices(RunSettings settings, Capabilities generation, Capabilities scoring)
    {
        if (settings.Model.Length == 0)
        {
            settings.Model = generation.Models.FirstOrDefault() ?? "";
        }

        if (settings.ScoringModel.Length == 0)
        {
            settings.ScoringModel = scoring.Models.FirstOrDefault() ?? "";
        }

        if (settings.Sampling.Dtype == Dtype.Unspecified)
        {
            settings.Sampling.Dtype = generation.Devices.SelectMany(d => d.Dtypes).FirstOrDefault(Dtype.Float32);
        }
    }

    private static void FillActiveLearning(ActiveLearningSettings settings)
    {
        settings.Strategy = settings.Strategy == Strategy.Unspecified ? Strategy.Uncertainty : settings.Strategy;
        settings.Balance = !settings.HasBalance || settings.Balance;
        settings.MaxRoundCount = settings.HasMaxRoundCount ? settings.MaxRoundCount : 4;
        settings.ImagesPerAnchor = settings.HasImagesPerAnchor ? settings.ImagesPerAnchor : 10;
        settings.AnchorsPerRound = settings.HasAnchorsPerRound ? settings.AnchorsPerRound : 3;
        settings.OpennessFactor = settings.HasOpennessFactor ? settings.OpennessFactor : 0.005;
    }

    private static void FillTraining(TrainingSettings settings, long runSeed)
    {
        TrainingDefaults.Fill(settings);
        settings.Seed = runSeed;
    }

    private static void FillSampling(SamplingSettings settings)
    {
        settings.Scheduler = settings.Scheduler == Scheduler.Unspecified ? Scheduler.DpmSolverPp2M : settings.Scheduler;
        settings.InferenceStepCount = settings.HasInferenceStepCount ? settings.InferenceStepCount : 20;
        settings.GuidanceScale = settings.HasGuidanceScale ? settings.GuidanceScale : 7.5;
    }

    private static void FillEvaluation(EvaluationSettings settings)
    {
        settings.ImagesPerPrompt = settings.HasImagesPerPrompt ? settings.ImagesPerPrompt : 8;
        settings.Seed = settings.HasSeed ? settings.Seed : 8888;
    }
}
