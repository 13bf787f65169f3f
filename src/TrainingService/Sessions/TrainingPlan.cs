using Gal.Diffusion.Training;
using Gal.Imaging;
using Gal.ModelServing.Models;

namespace Gal.Training.Sessions;

/// <summary>What to train, all defaults filled in and all pictures decoded.</summary>
internal sealed record TrainingPlan(
    ModelWeights Weights,
    MethodPlan Method,
    IReadOnlyList<PlannedSample> Samples,
    PlannedPrior? Prior,
    int StepCount,
    int BatchSize,
    double LearningRate,
    double WeightDecay,
    double MaxGradientNorm,
    long Seed,
    int Resolution,
    TrainingOptions Options,
    TrainingPreview? Preview,
    SavingPlan Saving);

/// <summary>A picture to learn from.</summary>
internal sealed record PlannedSample(RgbImage Image, string Prompt, double LossWeight);

/// <summary>Pictures of the class that must not be forgotten.</summary>
internal sealed record PlannedPrior(string ClassPrompt, IReadOnlyList<RgbImage> ClassImages, double LossWeight);
