using System.Collections.Immutable;
using Gal.ActiveLearning.Chance;
using Gal.ActiveLearning.Plans;
using Gal.ActiveLearning.Selection;

namespace Gal.ActiveLearning.Runs;

/// <summary>Where a run stands, from its events alone.</summary>
/// <remarks>To drive a run: fold the stored events, do what <see cref="Next()"/> says, store the event that it ends with, apply it, and so on until <see cref="NextStep.Nothing"/>.</remarks>
public sealed record RunState
{
    private RunState(RunPlan plan) => Plan = plan;

    /// <summary>What was asked for.</summary>
    public RunPlan Plan { get; }

    /// <summary>Where it stands.</summary>
    public RunStatus Status { get; private init; } = RunStatus.Running;

    /// <summary>Class pictures, once made.</summary>
    public IReadOnlyList<string>? ClassImages { get; private init; }

    /// <summary>The rounds so far; the last may be unfinished.</summary>
    public ImmutableList<RoundState> Rounds { get; private init; } = [];

    /// <summary>Why it stopped; set where it succeeded.</summary>
    public StopReason? StopReason { get; private init; }

    /// <summary>What went wrong; set where it failed.</summary>
    public string? Error { get; private init; }

    /// <summary>Indices of the anchors that no round has selected yet, ascending.</summary>
    public IReadOnlyList<int> Pool
    {
        get
        {
            var selected = Rounds.SelectMany(r => r.Selection ?? []).Select(s => s.AnchorIndex).ToHashSet();
            return [.. Enumerable.Range(0, Plan.Subject.Anchors.Count).Where(i => !selected.Contains(i))];
        }
    }

    /// <summary>The state after all of a run's events.</summary>
    /// <exception cref="InvalidOperationException">The events are not those of one run.</exception>
    public static RunState Fold(IEnumerable<RunEvent> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        RunState? state = null;
        foreach (var runEvent in events)
        {
            state = (state, runEvent) switch
            {
                (null, RunEvent.Created created) => new RunState(created.Plan),
                (null, _) => throw new InvalidOperationException($"A run's first event is {nameof(RunEvent.Created)}, not {runEvent.GetType().Name}."),
                _ => state.Apply(runEvent),
            };
        }

        return state ?? throw new InvalidOperationException("A run has at least one event.");
    }

    /// <summary>What to do now.</summary>
    public NextStep Next()
    {
        if (Status != RunStatus.Running)
        {
            return new NextStep.Nothing();
        }

        if (Plan.PriorPreservation is { } prior && ClassImages is null)
        {
            return new NextStep.MakeClassImages(prior);
        }

        return Rounds.IsEmpty ? StartRound(1) : AfterStartOf(Rounds[^1]);
    }

    /// <summary>The state after one more event.</summary>
    /// <exception cref="InvalidOperationException">The event cannot follow: it is of another round, out of order, or about other anchors.</exception>
    public RunState Apply(RunEvent runEvent)
    {
        switch (runEvent)
        {
            case RunEvent.Cancelled when Status == RunStatus.Running:
                return this with { Status = RunStatus.Cancelled };
            case RunEvent.Failed failed when Status == RunStatus.Running:
                return this with { Status = RunStatus.Failed, Error = failed.Error };
            case RunEvent.Resumed when Status is RunStatus.Cancelled or RunStatus.Failed:
                return this with { Status = RunStatus.Running, Error = null };
        }

        return (Next(), runEvent) switch
        {
            (NextStep.MakeClassImages, RunEvent.ClassImagesMade made) => this with { ClassImages = made.Images },
            (NextStep.Record { Event: RunEvent.RoundStarted }, RunEvent.RoundStarted e) when e.Round == Rounds.Count + 1 =>
                this with { Rounds = Rounds.Add(new RoundState { Number = e.Round, Samples = e.Samples }) },
            (NextStep.Train step, RunEvent.TrainingFinished e) when e.Round == step.Round =>
                WithRound(r => r with { Checkpoint = e.Checkpoint, Losses = e.Losses, UseCounts = e.UseCounts }),
            (NextStep.Evaluate step, RunEvent.EvaluationFinished e) when e.Round == step.Round => WithRound(r => r with { Evaluation = e.Evaluation }),
            (NextStep.Sample step, RunEvent.ImagesSampled e) when e.Round == step.Round && HasEveryImage(step, e) => WithRound(r => r with { Anchors = e.Anchors }),
            (NextStep.Score step, RunEvent.ImagesScored e) when e.Round == step.Round && IsAbout(step, e) => WithRound(r => r with { Judgement = e.Judgement }),
            (NextStep.Record { Event: RunEvent.SelectionMade }, RunEvent.SelectionMade e) when e.Round == Rounds.Count => WithRound(r => r with { Selection = e.Images }),
            (NextStep.Record { Event: RunEvent.Stopped }, RunEvent.Stopped e) => this with { Status = RunStatus.Succeeded, StopReason = e.Reason },
            (var next, _) => throw new InvalidOperationException($"The event {Describe(runEvent)} cannot follow: the run is {Status} in round {Rounds.Count}, and next comes {Describe(next)}."),
        };
    }

    private NextStep AfterStartOf(RoundState round)
    {
        if (round.Checkpoint is not { } checkpoint)
        {
            return new NextStep.Train(round.Number, round.Samples);
        }

        if (round.Evaluation is null && Plan.Evaluation.Prompts.Count > 0)
        {
            return new NextStep.Evaluate(round.Number, checkpoint);
        }

        if (StopBeforeSampling(round) is { } reason)
        {
            return new NextStep.Record(new RunEvent.Stopped(reason));
        }

        return (round.Anchors, round.Judgement, round.Selection) switch
        {
            (null, _, _) => new NextStep.Sample(round.Number, checkpoint, Pool),
            ({ } anchors, null, _) => new NextStep.Score(round.Number, anchors),
            (_, { } judgement, null) => Decide(round, judgement),
            _ => StartRound(round.Number + 1),
        };
    }

    private StopReason? StopBeforeSampling(RoundState round) =>
        Plan.Strategy == SelectionStrategy.DreamBooth ? Selection.StopReason.NoQuery
        : round.Number >= Plan.MaxRoundCount ? Selection.StopReason.MaxRounds
        : round.Selection is null && Pool.Count < Plan.AnchorsPerRound ? Selection.StopReason.PoolExhausted
        : null;

    private NextStep.Record Decide(RoundState round, Directions.RoundJudgement judgement) =>
        Selector.Decide(judgement, Plan.Strategy, Plan.Balance, Plan.AnchorsPerRound, SplitMix64.ForRound(Plan.Seed, round.Number)) switch
        {
            RoundDecision.Select select => new NextStep.Record(new RunEvent.SelectionMade(round.Number, select.Images)),
            RoundDecision.Stop stop => new NextStep.Record(new RunEvent.Stopped(stop.Reason)),
            var other => throw new InvalidOperationException($"There is no decision {other}."),
        };

    private NextStep.Record StartRound(int number) => new(new RunEvent.RoundStarted(number, Samples()));

    private TrainingSample[] Samples() =>
    [
        .. Plan.Subject.References.Select(r => new TrainingSample(r.Image, r.Prompt, 1.0, IsReference: true)),
        .. Rounds.SelectMany(r => (r.Selection ?? []).Select(s => new TrainingSample(ImageOf(r, s), Plan.Subject.Anchors[s.AnchorIndex], s.LossWeight, IsReference: false))),
    ];

    private static string ImageOf(RoundState round, SelectedImage selected) =>
        round.Anchors!.Single(a => a.AnchorIndex == selected.AnchorIndex).Images[selected.ImageIndex];

    private RunState WithRound(Func<RoundState, RoundState> change) => this with { Rounds = Rounds.SetItem(Rounds.Count - 1, change(Rounds[^1])) };

    private bool HasEveryImage(NextStep.Sample step, RunEvent.ImagesSampled sampled) =>
        sampled.Anchors.Select(a => a.AnchorIndex).SequenceEqual(step.Pool) && sampled.Anchors.All(a => a.Images.Count == Plan.ImagesPerAnchor);

    private static bool IsAbout(NextStep.Score step, RunEvent.ImagesScored scored) =>
        scored.Judgement.Directions.Select(d => (d.AnchorIndex, d.OverfitFlags.Count)).SequenceEqual(step.Anchors.Select(a => (a.AnchorIndex, a.Images.Count)));

    private static string Describe(RunEvent runEvent) => runEvent switch
    {
        RunEvent.RoundStarted e => $"{nameof(RunEvent.RoundStarted)} of round {e.Round}",
        RunEvent.TrainingFinished e => $"{nameof(RunEvent.TrainingFinished)} of round {e.Round}",
        RunEvent.EvaluationFinished e => $"{nameof(RunEvent.EvaluationFinished)} of round {e.Round}",
        RunEvent.ImagesSampled e => $"{nameof(RunEvent.ImagesSampled)} of round {e.Round} with {e.Anchors.Count} anchors",
        RunEvent.ImagesScored e => $"{nameof(RunEvent.ImagesScored)} of round {e.Round} with {e.Judgement.Directions.Count} anchors",
        RunEvent.SelectionMade e => $"{nameof(RunEvent.SelectionMade)} of round {e.Round}",
        null => throw new ArgumentNullException(nameof(runEvent)),
        _ => runEvent.GetType().Name,
    };

    private static string Describe(NextStep step) => step switch
    {
        NextStep.Record record => Describe(record.Event),
        NextStep.Nothing => "nothing",
        NextStep.Sample s => $"{nameof(NextStep.Sample)} of {s.Pool.Count} anchors",
        _ => step.GetType().Name,
    };
}
