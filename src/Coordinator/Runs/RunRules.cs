using Gal.ActiveLearning.Plans;
using Gal.Hosting.Validation;
using Gal.Imaging;
using Gal.V1;

namespace Gal.Coordination.Runs;

/// <summary>What must hold of a run beyond the rules in the protos: the method's own rules, sizes that depend on one another, pictures that can be read.</summary>
internal sealed class RunRules : IRequestRules<CreateRunRequest>
{
    /// <summary>Images that one generation takes (CreateGenerationRequest.images).</summary>
    private const long GenerationImageCount = 100_000;

    public IEnumerable<(string Field, string Sentence, string Reason)> FindViolations(CreateRunRequest request) =>
        request.Settings?.Subject is null ? [] : [.. OfPlan(request.Settings), .. Identifier(request.Settings.Subject), .. Training(request.Settings), .. Sizes(RunDefaults.Fill(request.Settings)), .. Eta(request.Settings.Sampling), .. Pictures(request.Settings.Subject)];

    /// <summary>What is wrong with a picture; nothing if it can be learned from.</summary>
    /// <param name="index">Which reference it is.</param>
    /// <param name="bytes">Its file.</param>
    public static IEnumerable<(string Field, string Sentence, string Reason)> Picture(int index, ReadOnlyMemory<byte> bytes)
    {
        var field = $"settings.subject.references[{index}].image";
        try
        {
            ImageDecoder.Decode(bytes, ImageLimits.Reference);
            return [];
        }
        catch (ImageFormatException e)
        {
            return [(field, $"{field}: {e.Message}", $"IMAGE_{e.Defect switch { ImageDefect.UnknownFormat => "UNKNOWN_FORMAT", ImageDefect.TooSmall => "TOO_SMALL", ImageDefect.TooLarge => "TOO_LARGE", _ => "CORRUPT" }}")];
        }
    }

    private static IEnumerable<(string, string, string)> OfPlan(RunSettings settings) =>
        RunPlanRules.Check(RunDefaults.Fill(settings).ToPlan()).Select(v => ($"settings.{v.Field}", $"settings.{v}", "PLAN_RULE_BROKEN"));

    private static IEnumerable<(string, string, string)> Identifier(Subject subject)
    {
        const string field = "settings.subject.identifier";
        if (subject.Identifier.Length > 0 && subject.Mode == SubjectMode.Style)
        {
            yield return (field, $"{field} is \"{subject.Identifier}\", but a style has none; leave it out, or set settings.subject.mode to object.", "IDENTIFIER_IN_STYLE_MODE");
        }
    }

    // Anchors become training prompts once they are selected, so they are held to the same rule as the references' prompts.
    private static IEnumerable<(string, string, string)> Training(RunSettings settings)
    {
        var training = settings.Training ?? new();
        foreach (var (name, rest, reason) in TrainingRules.FindViolations(training))
        {
            yield return ($"settings.training.{name}", $"settings.training.{name} {rest}", reason);
        }

        if (settings.PriorPreservation is not null && TrainingRules.FindPriorViolation(training) is { } prior)
        {
            yield return ("settings.prior_preservation", $"settings.prior_preservation {prior}", "PRIOR_NOT_OF_METHOD");
        }

        var prompts = settings.Subject.References.Select((r, i) => (Field: $"settings.subject.references[{i}].prompt", r.Prompt))
            .Concat(settings.Subject.Anchors.Select((anchor, i) => (Field: $"settings.subject.anchors[{i}]", Prompt: anchor)));
        foreach (var (field, prompt) in prompts)
        {
            if (TrainingRules.FindPromptViolation(training, prompt) is { } rest)
            {
                yield return (field, $"{field} {rest}", "WORD_NOT_IN_PROMPT");
            }
        }
    }

    private static IEnumerable<(string, string, string)> Eta(SamplingSettings? sampling)
    {
        const string field = "settings.sampling.eta";
        if (sampling is { HasEta: true, Scheduler: not Scheduler.Ddim })
        {
            yield return (field, $"{field} is DDIM's alone; leave it out, or set settings.sampling.scheduler to SCHEDULER_DDIM.", "ETA_WITHOUT_DDIM");
        }
    }

    private static IEnumerable<(string, string, string)> Sizes(RunSettings settings)
    {
        var (active, evaluation, anchorCount) = (settings.ActiveLearning, settings.Evaluation, settings.Subject.Anchors.Count);
        if ((long)anchorCount * active.ImagesPerAnchor is var pool && pool > GenerationImageCount)
        {
            const string field = "settings.active_learning.images_per_anchor";
            yield return (field, $"{field} is {active.ImagesPerAnchor}, which with {anchorCount} anchors makes {pool} images a round; at most {GenerationImageCount} are allowed: lower it.", "TOO_MANY_IMAGES");
        }

        if ((long)evaluation.Prompts.Count * evaluation.ImagesPerPrompt is var measured && measured > GenerationImageCount)
        {
            const string field = "settings.evaluation.images_per_prompt";
            yield return (field, $"{field} is {evaluation.ImagesPerPrompt}, which with {evaluation.Prompts.Count} prompts makes {measured} images a round; at most {GenerationImageCount} are allowed: lower it.", "TOO_MANY_IMAGES");
        }
    }

    private static IEnumerable<(string, string, string)> Pictures(Subject subject) =>
        subject.References.SelectMany((r, i) => r.Image?.SourceCase == Image.SourceOneofCase.Data && r.Image.Data.Length > 0 ? Picture(i, r.Image.Data.Memory) : []);
}
