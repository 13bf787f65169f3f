using Gal.ActiveLearning.Directions;
using Gal.ActiveLearning.Evaluation;
using Gal.ActiveLearning.Plans;
using Gal.ActiveLearning.Runs;
using Gal.ActiveLearning.Subjects;

namespace Gal.ActiveLearning.Tests;

/// <summary>Runs to drive, with services that answer at once.</summary>
internal static class TestRuns
{
    /// <summary>Six anchors, four images each, two a round.</summary>
    public static RunPlan Plan(int anchorCount = 6) => new()
    {
        Subject = new SubjectPlan
        {
            Mode = SubjectMode.Style,
            References = [new ReferencePicture("sha256:reference", "a cat in oil painting style")],
            NonSoiTexts = ["a cat in oil painting style"],
            Anchors = [.. Enumerable.Range(0, anchorCount).Select(i => $"anchor {i} in oil painting style")],
        },
        ImagesPerAnchor = 4,
        AnchorsPerRound = 2,
        MaxRoundCount = 3,
        Evaluation = new EvaluationPlan { Prompts = ["a bus in oil painting style"], ImagesPerPrompt = 2 },
        Seed = 5,
    };

    /// <summary>Drives a run to its end; flags come from the given function of round and anchor.</summary>
    public static List<RunEvent> Drive(RunPlan plan, Func<int, int, bool[]> flags) => Continue([new RunEvent.Created(plan)], flags);

    /// <summary>Drives stored events on to the run's end.</summary>
    public static List<RunEvent> Continue(IEnumerable<RunEvent> stored, Func<int, int, bool[]> flags)
    {
        List<RunEvent> events = [.. stored];
        var state = RunState.Fold(events);
        while (Answer(state.Next(), flags) is { } answer)
        {
            events.Add(answer);
            state = state.Apply(answer);
        }

        return events;
    }

    /// <summary>The event that a step ends with.</summary>
    public static RunEvent? Answer(NextStep step, Func<int, int, bool[]> flags) => step switch
    {
        NextStep.Record record => record.Event,
        NextStep.MakeClassImages s => new RunEvent.ClassImagesMade([.. Enumerable.Range(0, s.Prior.ClassImageCount).Select(i => $"sha256:class-{i}")]),
        NextStep.Train s => new RunEvent.TrainingFinished(s.Round, $"sha256:checkpoint-{s.Round}", [0.1, 0.05], [.. s.Samples.Select(_ => 1)]),
        NextStep.Evaluate s => new RunEvent.EvaluationFinished(s.Round, CheckpointEvaluation.Of([new EvaluatedImage(0, "sha256:e", 8888, 0.3f, 0.2f, 0.6f)], 8888)),
        NextStep.Sample s => new RunEvent.ImagesSampled(s.Round, [.. s.Pool.Select(a => new AnchorImages(a, [.. flags(s.Round, a).Select((_, j) => $"sha256:{s.Round}-{a}-{j}")]))]),
        NextStep.Score s => new RunEvent.ImagesScored(s.Round, RoundJudgement.Of([.. s.Anchors.Select(a => Pools.Scores(a.AnchorIndex, flags(s.Round, a.AnchorIndex)))], 0.005)),
        _ => null,
    };
}
