using Gal.ActiveLearning.Evaluation;
using Gal.V1;
using MethodMetric = Gal.ActiveLearning.Evaluation.Metric;
using Metric = Gal.V1.Metric;

namespace Gal.Coordination.Runs;

/// <summary>Measurements in the contract's words.</summary>
internal static class MeasurementMapping
{
    /// <summary>The contract's message.</summary>
    public static Evaluation ToProto(CheckpointEvaluation measurement) => new()
    {
        TextAlignment = ToProto(measurement.TextAlignment),
        ImageAlignment = ToProto(measurement.ImageAlignment),
        OverfitRate = ToProto(measurement.OverfitRate),
        ImageCount = measurement.Images.Count,
        Images = { measurement.Images.Select(ToProto) },
    };

    private static Metric ToProto(MethodMetric value) => new() { Mean = value.Mean, Lower = value.Lower, Upper = value.Upper };

    private static EvaluationImage ToProto(EvaluatedImage image) => new()
    {
        PromptIndex = image.PromptIndex,
        Image = new Image { Artifact = image.Image },
        Seed = image.Seed,
        PromptSimilarity = image.PromptSimilarity,
        CaptionSimilarity = image.CaptionSimilarity,
        ReferenceSimilarity = image.ReferenceSimilarity,
        Overfit = image.IsOverfitted,
    };
}
