using Gal.V1;

namespace Gal.Reporting;

/// <summary>How a run's facts are said in words.</summary>
internal static class Words
{
    /// <summary>"56 %", which no line break parts.</summary>
    public static string Percent(double share) => $"{share * 100:F0}\u00A0%";

    /// <summary>"0:07", "12:30" or "1:02:03".</summary>
    public static string Duration(TimeSpan span) => span.TotalHours >= 1 ? $"{(int)span.TotalHours}:{span.Minutes:00}:{span.Seconds:00}" : $"{(int)span.TotalMinutes}:{span.Seconds:00}";

    /// <summary>"1 image" or "3 images".</summary>
    public static string Counted(int count, string noun) => $"{count} {noun}{(count == 1 ? "" : "s")}";

    /// <summary>A loss weight: "1" or "0.00249".</summary>
    public static string Weight(double weight) => weight.ToString("0.#####");

    /// <summary>The strategy's row of Table 1.</summary>
    public static string Strategy(ActiveLearningSettings? settings)
    {
        var name = settings?.Strategy switch
        {
            V1.Strategy.Dreambooth => "DreamBooth only",
            V1.Strategy.Random => "Random",
            V1.Strategy.ClipFeedback => "CLIP feedback",
            _ => "Uncertainty",
        };
        return settings?.Strategy == V1.Strategy.Dreambooth || settings is { HasBalance: true, Balance: false } ? name : $"{name} + Balance";
    }

    /// <summary>Why the run stopped, as a sentence.</summary>
    public static string StopReason(Run run) => (run.State, run.StopReason) switch
    {
        (_, V1.StopReason.MaxRounds) => $"The last of {Words.Counted(run.Settings.ActiveLearning.MaxRoundCount, "round")} was trained.",
        (_, V1.StopReason.FewerUncertainDirectionsThanK) => $"Fewer than k = {run.Settings.ActiveLearning.AnchorsPerRound} anchors were still uncertain (U > 0): there was too little left to learn from (Eq. 12).",
        (_, V1.StopReason.NoQuery) => "The strategy selects nothing: one round of DreamBooth is all.",
        (_, V1.StopReason.PoolExhausted) => $"Fewer than k = {run.Settings.ActiveLearning.AnchorsPerRound} anchors were left in the pool.",
        (JobState.Cancelled, _) => "It was cancelled. It can be resumed.",
        (JobState.Failed, _) => $"It failed: {run.Error?.Message ?? "the record does not say why"}",
        _ => "It has not stopped yet.",
    };

    /// <summary>What a kind of work is called.</summary>
    public static string Work(WorkKind kind) => kind switch
    {
        WorkKind.Loading => "Loading weights",
        WorkKind.TextEncoding => "Encoding texts",
        WorkKind.Encoding => "Encoding pictures",
        WorkKind.Denoising => "Denoising",
        WorkKind.Decoding => "Decoding",
        WorkKind.Training => "Training",
        WorkKind.Scoring => "Scoring",
        WorkKind.Storing => "Storing",
        _ => "Other work",
    };
}
