using Gal.Hosting.Validation;
using Gal.V1;

namespace Gal.Training.Jobs;

/// <summary>What must hold between a training's settings, its prompts and its class pictures.</summary>
internal sealed class TrainingRequestRules : IRequestRules<CreateTrainingRequest>
{
    public IEnumerable<(string Field, string Sentence, string Reason)> FindViolations(CreateTrainingRequest request)
    {
        if (request.Settings is not { } settings)
        {
            return [];
        }

        return
        [
            .. TrainingRules.FindViolations(settings).Select(v => Violation($"settings.{v.Field}", v.Sentence, v.Reason)),
            .. request.PriorPreservation is not null && TrainingRules.FindPriorViolation(settings) is { } prior ? [Violation("prior_preservation", prior, "PRIOR_NOT_OF_METHOD")] : None,
            .. request.Samples.SelectMany((sample, i) => TrainingRules.FindPromptViolation(settings, sample.Prompt) is { } prompt ? [Violation($"samples[{i}].prompt", prompt, "WORD_NOT_IN_PROMPT")] : None),
        ];
    }

    private static (string Field, string Sentence, string Reason)[] None => [];

    private static (string Field, string Sentence, string Reason) Violation(string field, string rest, string reason) => (field, $"{field} {rest}", reason);
}
