using System.Numerics;
using Gal.ActiveLearning.Selection;

namespace Gal.ActiveLearning.Plans;

/// <summary>What a plan must keep to.</summary>
public static class RunPlanRules
{
    /// <summary>Every violation at once, in the order of the contract's fields; none for a plan that can run.</summary>
    public static IReadOnlyList<RuleViolation> Check(RunPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return [.. Subject(plan.Subject), .. ActiveLearning(plan), .. Training(plan.Training), .. Sampling(plan.Sampling), .. Evaluation(plan.Evaluation), .. Prior(plan.PriorPreservation), .. InRange("seed", plan.Seed, 0, int.MaxValue)];
    }

    private static IEnumerable<RuleViolation> Subject(SubjectPlan subject) =>
    [
        .. NotEmpty("subject.references", subject.References, "must have at least one picture"),
        .. subject.References.SelectMany((r, i) => Text($"subject.references[{i}].prompt", r.Prompt)),
        .. NotEmpty("subject.non_soi_texts", subject.NonSoiTexts, "must have at least one text; use the references' captions without the identifier"),
        .. Texts("subject.non_soi_texts", subject.NonSoiTexts),
        .. NotEmpty("subject.anchors", subject.Anchors, "must have at least one prompt"),
        .. Texts("subject.anchors", subject.Anchors),
        .. Repeated("subject.anchors", subject.Anchors),
    ];

    private static IEnumerable<RuleViolation> ActiveLearning(RunPlan plan)
    {
        const string Path = "active_learning.";
        foreach (var violation in (RuleViolation[])[.. AtLeastOne(Path + "max_round_count", plan.MaxRoundCount), .. AtLeastOne(Path + "images_per_anchor", plan.ImagesPerAnchor), .. AtLeastOne(Path + "anchors_per_round", plan.AnchorsPerRound), .. InRange(Path + "openness_factor", plan.OpennessFactor, 0, 1)])
        {
            yield return violation;
        }

        var anchorCount = plan.Subject.Anchors.Count;
        if (plan.Strategy != SelectionStrategy.DreamBooth && anchorCount > 0 && plan.AnchorsPerRound > anchorCount)
        {
            yield return new RuleViolation(Path + "anchors_per_round", $"{plan.AnchorsPerRound}", $"must be at most {anchorCount}, the number of anchors");
        }

        if (plan.Strategy == SelectionStrategy.Uncertainty && plan.ImagesPerAnchor == 1 && plan.MaxRoundCount > 1)
        {
            yield return new RuleViolation(Path + "images_per_anchor", "1", "must be at least 2 for the uncertainty strategy: the entropy of one flag is always 0");
        }
    }

    private static IEnumerable<RuleViolation> Training(TrainingPlan training) =>
    [
        .. AtLeastOne("training.step_count", training.StepCount),
        .. AtLeastOne("training.batch_size", training.BatchSize),
        .. Between("training.learning_rate", training.LearningRate, 0, 1),
        .. InRange("training.weight_decay", training.WeightDecay, 0, 1),
        .. training.MaxGradientNorm is > 0 and < double.PositiveInfinity ? None : [new RuleViolation("training.max_gradient_norm", $"{training.MaxGradientNorm}", "must be finite and above 0")],
    ];

    private static IEnumerable<RuleViolation> Sampling(SamplingPlan sampling) =>
        [.. InRange("sampling.inference_step_count", sampling.InferenceStepCount, 1, 1000), .. InRange("sampling.guidance_scale", sampling.GuidanceScale, 0, 100)];

    private static IEnumerable<RuleViolation> Evaluation(EvaluationPlan evaluation) =>
        [.. Texts("evaluation.prompts", evaluation.Prompts), .. AtLeastOne("evaluation.images_per_prompt", evaluation.ImagesPerPrompt)];

    private static RuleViolation[] Prior(PriorPreservationPlan? prior) => prior is null ? None :
    [
        .. Text("prior_preservation.class_prompt", prior.ClassPrompt),
        .. AtLeastOne("prior_preservation.class_image_count", prior.ClassImageCount),
        .. InRange("prior_preservation.prior_loss_weight", prior.LossWeight, 0, 100),
    ];

    private static RuleViolation[] None => [];

    private static RuleViolation[] AtLeastOne(string field, int value) => value >= 1 ? None : [new RuleViolation(field, $"{value}", "must be at least 1")];

    // Comparisons with NaN are false, so it is refused too.
    private static RuleViolation[] InRange<T>(string field, T value, T lowest, T highest)
        where T : INumber<T> => value >= lowest && value <= highest ? None : [new RuleViolation(field, $"{value}", $"must lie in [{lowest}, {highest}]")];

    private static RuleViolation[] Between(string field, double value, double lowest, double highest) =>
        value > lowest && value < highest ? None : [new RuleViolation(field, $"{value}", $"must lie in ({lowest}, {highest})")];

    private static RuleViolation[] NotEmpty<T>(string field, IReadOnlyList<T> items, string rule) => items.Count > 0 ? None : [new RuleViolation(field, "empty", rule)];

    private static IEnumerable<RuleViolation> Texts(string field, IReadOnlyList<string> texts) => texts.SelectMany((t, i) => Text($"{field}[{i}]", t));

    private static RuleViolation[] Text(string field, string text) => string.IsNullOrWhiteSpace(text) ? [new RuleViolation(field, "empty", "must have at least one word")] : None;

    private static IEnumerable<RuleViolation> Repeated(string field, IReadOnlyList<string> texts)
    {
        var first = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < texts.Count; i++)
        {
            if (!first.TryAdd(texts[i], i))
            {
                yield return new RuleViolation($"{field}[{i}]", $"\"{Shorten(texts[i])}\"", $"must differ from {field}[{first[texts[i]]}]; take one of them out");
            }
        }
    }

    // A prompt may have 20,000 characters; an error need not repeat them.
    private static string Shorten(string text) => text.Length <= 80 ? text : text[..80] + "…";
}
