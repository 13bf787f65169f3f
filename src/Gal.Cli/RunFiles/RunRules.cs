using Gal.V1;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using YamlDotNet.RepresentationModel;

namespace Gal.Cli.RunFiles;

/// <summary>What must hold between a run file's values, and what must be there at all.</summary>
internal static class RunRules
{
    /// <summary>k of Table 1 where the file does not say it; the contract's default.</summary>
    private const int DefaultAnchorsPerRound = 3;

    /// <summary>Adds a problem for every rule that does not hold.</summary>
    public static void Check(YamlMappingNode root, RunSettings settings, RunFileProblems problems)
    {
        CheckRequired(root, settings, "", problems);
        var anchorCount = settings.Subject?.Anchors.Count ?? 0;
        var perRound = settings.ActiveLearning is { HasAnchorsPerRound: true } learning ? learning.AnchorsPerRound : DefaultAnchorsPerRound;
        if (anchorCount > 0 && perRound > anchorCount && settings.ActiveLearning?.Strategy != Strategy.Dreambooth && !problems.Has("active_learning.anchors_per_round"))
        {
            problems.Add("active_learning.anchors_per_round", Node(root, "active_learning", "anchors_per_round"),
                $"active_learning.anchors_per_round is {perRound}, but the pool has {anchorCount} {(anchorCount == 1 ? "anchor" : "anchors")}; choose at most that many, or add anchors.");
        }
        if (settings.Subject is { Mode: SubjectMode.Style, Identifier.Length: > 0 })
        {
            problems.Add("subject.identifier", Node(root, "subject", "identifier"), "subject.identifier is for object mode alone; leave it out for a style.");
        }
        if (settings.Sampling is { HasEta: true, Scheduler: not Scheduler.Ddim })
        {
            problems.Add("sampling.eta", Node(root, "sampling", "eta"), "sampling.eta is DDIM's alone; leave it out, or set sampling.scheduler to ddim.");
        }
        foreach (var (i, anchor) in (settings.Subject?.Anchors ?? []).Index())
        {
            var first = settings.Subject!.Anchors.IndexOf(anchor);
            if (first < i)
            {
                problems.Add($"subject.anchors[{i}]", Node(root, "subject", "anchors"), $"subject.anchors[{i}] is the same prompt as subject.anchors[{first}]; every anchor must be another direction.");
            }
        }
        CheckTraining(root, settings, problems);
    }

    private static void CheckTraining(YamlMappingNode root, RunSettings settings, RunFileProblems problems)
    {
        var training = settings.Training ?? new();
        foreach (var (field, rest, _) in TrainingRules.FindViolations(training).Where(violation => !problems.Has($"training.{violation.Field}")))
        {
            problems.Add($"training.{field}", Node(root, "training", field) ?? Node(root, "training"), $"training.{field} {rest}");
        }
        if (settings.PriorPreservation is not null && TrainingRules.FindPriorViolation(training) is { } prior)
        {
            problems.Add("prior_preservation", Node(root, "prior_preservation"), $"prior_preservation {prior}");
        }
        CheckPrompts(root, settings, training, problems);
    }

    // Anchors become training prompts once they are selected.
    private static void CheckPrompts(YamlMappingNode root, RunSettings settings, TrainingSettings training, RunFileProblems problems)
    {
        foreach (var (i, reference) in (settings.Subject?.References ?? []).Index())
        {
            if (reference.Prompt.Length > 0 && TrainingRules.FindPromptViolation(training, reference.Prompt) is { } rest)
            {
                problems.Add($"subject.references[{i}].prompt", Node(root, "subject", "references"), $"subject.references[{i}].prompt {rest}");
            }
        }
        foreach (var (i, anchor) in (settings.Subject?.Anchors ?? []).Index())
        {
            if (TrainingRules.FindPromptViolation(training, anchor) is { } rest)
            {
                problems.Add($"subject.anchors[{i}]", Node(root, "subject", "anchors"), $"subject.anchors[{i}] {rest}");
            }
        }
    }

    private static void CheckRequired(YamlNode? node, IMessage message, string prefix, RunFileProblems problems)
    {
        foreach (var (key, field) in RunFileKeys.In(message.Descriptor))
        {
            var path = prefix + key;
            var value = field.Accessor.GetValue(message);
            var child = (node as YamlMappingNode)?.Children.TryGetValue(key, out var found) == true ? found : null;
            if (FieldRuleText.IsRequired(field) && IsMissing(value) && !problems.Has(path))
            {
                problems.Add(path, node, $"{path} is missing.");
            }
            else if (value is IMessage inner and not Image)
            {
                CheckRequired(child, inner, path + ".", problems);
            }
            else if (field is { IsRepeated: true, FieldType: FieldType.Message })
            {
                foreach (var (i, entry) in ((System.Collections.IList)value).Cast<IMessage>().Index())
                {
                    CheckRequired((child as YamlSequenceNode)?.Children.ElementAtOrDefault(i), entry, $"{path}[{i}].", problems);
                }
            }
        }
    }

    private static bool IsMissing(object? value) => value is null or "" or System.Collections.ICollection { Count: 0 } || value is Enum && Convert.ToInt32(value) == 0;

    private static YamlNode? Node(YamlNode root, params string[] path) => path.Aggregate((YamlNode?)root, (node, key) =>
        (node as YamlMappingNode)?.Children.TryGetValue(key, out var child) == true ? child : null);
}
