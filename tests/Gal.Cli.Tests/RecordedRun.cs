using Gal.V1;

namespace Gal.Cli.Tests;

/// <summary>The events of a small run with two rounds, as a coordinator sends them.</summary>
internal static class RecordedRun
{
    public static RunSettings Settings { get; } = new()
    {
        DisplayName = "ink",
        Subject = new Subject { Mode = SubjectMode.Style, SubjectText = "in ink style", Anchors = { "a tie in ink style", "a [drum] in ink style", "a chair in ink style" } },
        ActiveLearning = new ActiveLearningSettings { MaxRoundCount = 2, ImagesPerAnchor = 4, AnchorsPerRound = 1 },
    };

    public static Run Run { get; } = new() { Name = "runs/ink", Settings = Settings };

    /// <summary>All events of the run.</summary>
    public static IReadOnlyList<RunEvent> Events { get; } =
    [
        Event(1, 0, e => e.State = JobState.Running),
        Event(2, 1, e => e.RoundStarted = new Round { Number = 1, Samples = { Reference() } }),
        Event(0, 1, e => e.TrainingProgress = new TrainingProgress { Step = 1, StepCount = 4, UnweightedLoss = 0.2 }),
        Event(0, 1, e => e.TrainingProgress = new TrainingProgress { Step = 2, StepCount = 4, UnweightedLoss = 0.1 }),
        Event(3, 1, e => e.TrainingFinished = new Round { Number = 1, Checkpoint = "sha256:c1", Losses = { 0.2, 0.1, 0.08, 0.05 } }),
        Event(0, 1, e => e.SamplingProgress = Sampling(SamplingPurpose.Evaluation, 3, 15)),
        Event(4, 1, e => e.EvaluationFinished = new Round { Number = 1, Evaluation = Evaluation(0.5) }),
        Event(0, 1, e => e.SamplingProgress = Sampling(SamplingPurpose.Anchors, 5, 15)),
        Event(5, 1, e => e.SamplingFinished = new Round { Number = 1, Anchors = { Anchor(0, 0, 0), Anchor(1, 0, 0), Anchor(2, 0, 0) } }),
        Event(6, 1, e => e.ScoringFinished = new Round { Number = 1, Anchors = { Anchor(0, 4, 0), Anchor(1, 2, 0.693147), Anchor(2, 1, 0.562335) }, Ranking = { 1, 2, 0 }, Openness = 0.00209 }),
        Event(7, 1, e => e.SelectionMade = new Round { Number = 1, Selections = { new SelectedImage { AnchorIndex = 1, ImageIndex = 3, LossWeight = 0.00209 } } }),
        Event(8, 2, e => e.RoundStarted = new Round { Number = 2, Samples = { Reference(), new RoundSample { Prompt = "a [drum] in ink style", LossWeight = 0.00209 } } }),
        Event(9, 2, e => e.Warning = new Warning { Reason = "PROMPT_TRUNCATED", Message = "The prompt \"a [drum] …\" is cut after 32 tokens; left out: \"style\"." }),
        Event(10, 2, e => e.TrainingFinished = new Round { Number = 2, Checkpoint = "sha256:c2", Losses = { 0.1, 0.04 } }),
        Event(11, 2, e => e.EvaluationFinished = new Round { Number = 2, Evaluation = Evaluation(0.25) }),
        Event(12, 2, e => e.Stopped = StopReason.MaxRounds),
        Event(13, 2, e => e.State = JobState.Succeeded),
    ];

    /// <summary>The events one after the other; the action runs before each of them.</summary>
    public static async IAsyncEnumerable<RunEvent> PlayAsync(Action? before = null)
    {
        foreach (var runEvent in Events)
        {
            before?.Invoke();
            await Task.Yield();
            yield return runEvent;
        }
    }

    private static RunEvent Event(long number, int round, Action<RunEvent> set)
    {
        var runEvent = new RunEvent { SequenceNumber = number, RoundNumber = round };
        set(runEvent);
        return runEvent;
    }

    private static RoundSample Reference() => new() { IsReference = true, LossWeight = 1, Prompt = "a cat in ink style" };

    private static RunSamplingProgress Sampling(SamplingPurpose purpose, int step, int count) =>
        new() { Purpose = purpose, Progress = new SamplingProgress { Step = step, StepCount = count } };

    private static AnchorResult Anchor(int index, int overfitCount, double uncertainty) => new()
    {
        AnchorIndex = index,
        OverfitCount = overfitCount,
        Uncertainty = uncertainty,
        OverfitFlags = { Enumerable.Range(0, 4).Select(j => j < overfitCount) },
        Images = { Enumerable.Range(0, 4).Select(_ => new Image()) },
    };

    private static Evaluation Evaluation(double overfitRate) => new()
    {
        TextAlignment = new Metric { Mean = 0.453, Lower = 0.431, Upper = 0.475 },
        ImageAlignment = new Metric { Mean = 0.549, Lower = 0.5, Upper = 0.6 },
        OverfitRate = new Metric { Mean = overfitRate, Lower = overfitRate - 0.1, Upper = overfitRate + 0.1 },
        ImageCount = 80,
    };
}
