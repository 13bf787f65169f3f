using Gal.Cli.Following;
using Gal.V1;

namespace Gal.Cli.Views;

/// <summary>How a run's facts are said in words.</summary>
internal static class RunTexts
{
    /// <summary>"0:07", "12:30" or "1:02:03".</summary>
    public static string Duration(TimeSpan span) => span.TotalHours >= 1 ? $"{(int)span.TotalHours}:{span.Minutes:00}:{span.Seconds:00}" : $"{(int)span.TotalMinutes}:{span.Seconds:00}";

    /// <summary>"0.453 [0.431, 0.475]".</summary>
    public static string Of(Metric metric) => $"{metric.Mean:F3} [{metric.Lower:F3}, {metric.Upper:F3}]";

    /// <summary>The three measurements of a round.</summary>
    public static string Of(Evaluation evaluation) =>
        $"TXT-ALN {Of(evaluation.TextAlignment)}, IMG-ALN {Of(evaluation.ImageAlignment)}, OVF {Of(evaluation.OverfitRate)} over {evaluation.ImageCount} images";

    /// <summary>Where a job stands, as a word.</summary>
    public static string Of(JobState state) => state.ToString().ToLowerInvariant();

    /// <summary>Where a run stands, to follow "The run".</summary>
    public static string Sentence(JobState state) => state switch
    {
        JobState.Queued => "waits for its turn",
        JobState.Running => "is at work",
        JobState.Succeeded => "has succeeded",
        JobState.Failed => "has failed",
        _ => "was cancelled",
    };

    /// <summary>Why a run stopped.</summary>
    public static string Of(StopReason reason, RunSettings settings) => reason switch
    {
        StopReason.MaxRounds => $"the last of {settings.ActiveLearning?.MaxRoundCount} rounds was trained",
        StopReason.FewerUncertainDirectionsThanK => $"fewer than k = {settings.ActiveLearning?.AnchorsPerRound} anchors are still uncertain (U > 0)",
        StopReason.NoQuery => "the strategy selects nothing (DreamBooth alone)",
        StopReason.PoolExhausted => $"fewer than k = {settings.ActiveLearning?.AnchorsPerRound} anchors are left in the pool",
        _ => "it has not stopped",
    };

    /// <summary>A phase's name, and what its progress counts.</summary>
    public static (string Name, string Unit) Of(RunPhase phase) => phase switch
    {
        RunPhase.ClassImages => ("class images", "denoising steps"),
        RunPhase.Training => ("training", "steps"),
        RunPhase.Evaluation => ("evaluating", "denoising steps"),
        RunPhase.Sampling => ("sampling", "denoising steps"),
        RunPhase.Scoring => ("scoring", ""),
        RunPhase.Ended => ("ended", ""),
        _ => ("waiting", ""),
    };

    /// <summary>What a round trains on: "1 reference" or "1 reference and 3 selected images".</summary>
    public static string Samples(Round round)
    {
        var references = round.Samples.Count(sample => sample.IsReference);
        var selected = round.Samples.Count - references;
        return Counted(references, "reference") + (selected > 0 ? $" and {Counted(selected, "selected image")}" : "");
    }

    /// <summary>"1 image" or "3 images".</summary>
    public static string Counted(int count, string noun) => $"{count} {noun}{(count == 1 ? "" : "s")}";

    /// <summary>What was selected: "a tie (image 1, w 0.00249), …".</summary>
    public static string Selections(Round round, RunSettings settings) => string.Join("; ", round.Selections.Select(selection =>
        $"{settings.Subject.Anchors[selection.AnchorIndex]} (image {selection.ImageIndex}, w {selection.LossWeight:G4})"));
}
