using System.Globalization;

namespace Gal.V1;

/// <summary>What must hold between training settings, beyond each field's own range; for requests, runs and run files alike.</summary>
public static class TrainingRules
{
    /// <summary>Everything that is wrong, each with the field's name within the settings, a rest of a sentence that follows it, and a stable reason.</summary>
    public static IEnumerable<(string Field, string Sentence, string Reason)> FindViolations(TrainingSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return [.. OfMethod(settings), .. OfSchedule(settings), .. OfSaves(settings)];
    }

    /// <summary>Why class pictures do not fit the method, as the rest of a sentence after the field's name; null if they do.</summary>
    public static string? FindPriorViolation(TrainingSettings settings) => settings.Method == TrainingMethod.TextualInversion
        ? "is given, but class prompts do not hold the word that textual_inversion learns and would teach it nothing; leave it out."
        : null;

    /// <summary>Why a prompt cannot be learned from, as the rest of a sentence after its field's name; null if it can.</summary>
    public static string? FindPromptViolation(TrainingSettings settings, string prompt) =>
        settings.LearnedWord is { Token.Length: > 0 } word && !prompt.Contains(word.Token, StringComparison.Ordinal)
            ? $"does not hold \"{word.Token}\", the word that is learned; every prompt that is trained on must hold it."
            : null;

    /// <summary>A value as a run file writes it: "textual_inversion".</summary>
    internal static string Word(Enum value) => string.Concat(value.ToString().Select((c, i) => i > 0 && char.IsUpper(c) ? $"_{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));

    private static IEnumerable<(string, string, string)> OfMethod(TrainingSettings settings)
    {
        var method = settings.Method == TrainingMethod.Unspecified ? TrainingMethod.Dreambooth : settings.Method;
        if (settings.TextualInversion is null && method == TrainingMethod.TextualInversion)
        {
            yield return ("textual_inversion", "is missing; the method textual_inversion needs the word to learn: token and initial_word.", "WORD_MISSING");
        }

        if (settings.Dtype == Dtype.Float16)
        {
            yield return ("dtype", "is float16, in which gradients underflow; choose bfloat16 or float32.", "DTYPE_NOT_FOR_TRAINING");
        }

        (string Field, bool IsGiven, TrainingMethod Method)[] parts =
        [
            ("lora", settings.Lora is not null, TrainingMethod.Lora),
            ("textual_inversion", settings.TextualInversion is not null, TrainingMethod.TextualInversion),
            ("custom_diffusion", settings.CustomDiffusion is not null, TrainingMethod.CustomDiffusion),
        ];
        foreach (var part in parts.Where(part => part.IsGiven && part.Method != method))
        {
            yield return (part.Field, $"is given, but the method is {Word(method)}; leave it out, or set the method to {Word(part.Method)}.", "SETTINGS_OF_ANOTHER_METHOD");
        }
    }

    private static IEnumerable<(string, string, string)> OfSchedule(TrainingSettings settings)
    {
        var schedule = settings.LearningRateSchedule == LearningRateSchedule.Unspecified ? LearningRateSchedule.Constant : settings.LearningRateSchedule;
        var (warmup, steps) = (settings.WarmupStepCount, settings.HasStepCount ? settings.StepCount : 500);
        if (schedule == LearningRateSchedule.Constant && warmup > 0)
        {
            yield return Unread("warmup_step_count", warmup, "constant has no warm-up", "constant_with_warmup or a falling schedule");
        }
        else if (schedule is not (LearningRateSchedule.Constant or LearningRateSchedule.ConstantWithWarmup) && warmup >= steps)
        {
            yield return ("warmup_step_count", $"is {warmup}; it must be below step_count ({steps}), because the schedule {Word(schedule)} falls from the warm-up's end to there.", "WARMUP_TOO_LONG");
        }

        if (settings.HasCycleCount && schedule != LearningRateSchedule.CosineWithRestarts)
        {
            yield return Unread("cycle_count", settings.CycleCount, $"{Word(schedule)} has no cycles", "cosine_with_restarts");
        }

        if (settings.HasPower && schedule != LearningRateSchedule.Polynomial)
        {
            yield return Unread("power", settings.Power, $"{Word(schedule)} has no power", "polynomial");
        }
    }

    private static IEnumerable<(string, string, string)> OfSaves(TrainingSettings settings)
    {
        if (settings.HasKeptWeightsCount && !settings.HasWeightsSaveIntervalStepCount)
        {
            yield return ("kept_weights_count", $"is {settings.KeptWeightsCount}, but no weights are saved before the end; leave it out, or set weights_save_interval_step_count.", "NO_WEIGHTS_SAVED");
        }
    }

    private static (string, string, string) Unread(string field, IFormattable value, string why, string remedy) =>
        (field, $"is {value.ToString(null, CultureInfo.InvariantCulture)}, but the schedule {why}; leave it out, or set learning_rate_schedule to {remedy}.", "SETTING_OF_ANOTHER_SCHEDULE");
}
