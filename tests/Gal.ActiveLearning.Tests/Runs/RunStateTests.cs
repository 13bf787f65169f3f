using FsCheck;
using FsCheck.Xunit;
using Gal.ActiveLearning.Chance;
using Gal.ActiveLearning.Plans;
using Gal.ActiveLearning.Runs;
using Gal.ActiveLearning.Selection;

namespace Gal.ActiveLearning.Tests.Runs;

public sealed class RunStateTests
{
    private static bool[] Half(int round, int anchor) => [true, true, false, false];

    [Fact]
    public void Drive_UncertainPool_TrainsThreeRoundsAndStopsAtTheLast()
    {
        var state = RunState.Fold(TestRuns.Drive(TestRuns.Plan(), Half));
        Assert.Equal((RunStatus.Succeeded, StopReason.MaxRounds), (state.Status, state.StopReason));
        Assert.Equal([1, 3, 5], state.Rounds.Select(r => r.Samples.Count));
        Assert.Equal([4, 5], state.Pool);
        Assert.All(state.Rounds, r => Assert.NotNull(r.Evaluation));
        Assert.Null(state.Rounds[^1].Anchors);
    }

    [Fact]
    public void Drive_Balance_WeighsImagesWithTheOpennessOfTheirRound()
    {
        // Round 1 is all uncertain, in round 2 half the pool is.
        var state = RunState.Fold(TestRuns.Drive(TestRuns.Plan(), (round, anchor) => round == 1 || anchor >= 4 ? Half(round, anchor) : [false, false, false, false]));
        var weights = state.Rounds[2].Samples.Select(s => s.LossWeight).ToArray();
        Assert.Equal([1.0, 0.005 * Math.Log(2), 0.005 * Math.Log(2), 0.0025 * Math.Log(2), 0.0025 * Math.Log(2)], weights);
        Assert.Equal("sha256:1-0-3", state.Rounds[1].Samples[1].Image);
        Assert.Equal("anchor 0 in oil painting style", state.Rounds[1].Samples[1].Prompt);
    }

    [Fact]
    public void Drive_WithoutBalance_WeighsEverythingOne() =>
        Assert.All(RunState.Fold(TestRuns.Drive(TestRuns.Plan() with { Balance = false }, Half)).Rounds[2].Samples, s => Assert.Equal(1.0, s.LossWeight));

    [Fact]
    public void Drive_CertainPool_StopsInRoundOneWithoutSelecting()
    {
        var state = RunState.Fold(TestRuns.Drive(TestRuns.Plan(), (_, _) => [true, true, true, true]));
        Assert.Equal(StopReason.FewerUncertainDirectionsThanK, state.StopReason);
        Assert.Null(Assert.Single(state.Rounds).Selection);
        Assert.Equal(6, state.Pool.Count);
    }

    [Fact]
    public void Drive_DreamBooth_TrainsOnceAndSamplesNothing()
    {
        var events = TestRuns.Drive(TestRuns.Plan() with { Strategy = SelectionStrategy.DreamBooth }, Half);
        Assert.Equal(StopReason.NoQuery, RunState.Fold(events).StopReason);
        Assert.DoesNotContain(events, e => e is RunEvent.ImagesSampled);
    }

    [Fact]
    public void Drive_PoolRunsOut_StopsBeforeSamplingInVain()
    {
        var events = TestRuns.Drive(TestRuns.Plan(anchorCount: 3) with { MaxRoundCount = 9, Strategy = SelectionStrategy.Random }, Half);
        Assert.Equal(StopReason.PoolExhausted, RunState.Fold(events).StopReason);
        Assert.Single(events, e => e is RunEvent.ImagesSampled);
    }

    [Fact]
    public void Drive_PriorPreservation_MakesClassImagesFirst()
    {
        var events = TestRuns.Drive(TestRuns.Plan() with { PriorPreservation = new PriorPreservationPlan { ClassPrompt = "a cat", ClassImageCount = 3 } }, Half);
        Assert.Equal(3, Assert.IsType<RunEvent.ClassImagesMade>(events[1]).Images.Count);
        Assert.IsType<RunEvent.RoundStarted>(events[2]);
    }

    [Fact]
    public void Drive_NoEvaluationPrompts_MeasuresNothing() =>
        Assert.DoesNotContain(TestRuns.Drive(TestRuns.Plan() with { Evaluation = new EvaluationPlan() }, Half), e => e is RunEvent.EvaluationFinished);

    [Property(MaxTest = 200)]
    public bool Drive_StoppedAnywhereAndContinued_GivesTheSameRun(SelectionStrategy strategy, bool balance, ulong seed, PositiveInt cut)
    {
        var plan = TestRuns.Plan(anchorCount: 8) with { Strategy = strategy, Balance = balance, MaxRoundCount = 4, Seed = (long)(seed % int.MaxValue) };
        bool[] Flags(int round, int anchor)
        {
            var chance = new SplitMix64(seed + (ulong)((round * 100) + anchor));
            return [.. Enumerable.Range(0, plan.ImagesPerAnchor).Select(_ => chance.NextInt32(2) == 0)];
        }

        var whole = TestRuns.Drive(plan, Flags);
        var interrupted = TestRuns.Continue(whole.Take(1 + (cut.Get % whole.Count)), Flags);
        var (a, b) = (RunState.Fold(whole), RunState.Fold(interrupted));
        return whole.Count == interrupted.Count
            && a.StopReason == b.StopReason
            && a.Rounds.SelectMany(r => r.Samples).SequenceEqual(b.Rounds.SelectMany(r => r.Samples))
            && a.Rounds.Count <= plan.MaxRoundCount
            && a.Rounds.SelectMany(r => r.Selection ?? []).Select(s => s.AnchorIndex) is var chosen && chosen.Distinct().Count() == chosen.Count();
    }

    [Property(MaxTest = 200)]
    public bool Apply_EventsInAnyOtherOrder_IsRefused(PositiveInt first, PositiveInt second)
    {
        var events = TestRuns.Drive(TestRuns.Plan(), Half);
        var (i, j) = (1 + (first.Get % (events.Count - 1)), 1 + (second.Get % (events.Count - 1)));
        (events[i], events[j]) = (events[j], events[i]);
        return i == j || Assert.Throws<InvalidOperationException>(() => RunState.Fold(events)).Message.Contains("cannot follow", StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_CancelFailAndResume_KeepWhatWasDone()
    {
        var stored = TestRuns.Drive(TestRuns.Plan(), Half).Take(6).ToList();
        var running = RunState.Fold(stored);
        var cancelled = running.Apply(new RunEvent.Cancelled());
        Assert.Equal(RunStatus.Cancelled, cancelled.Status);
        Assert.IsType<NextStep.Nothing>(cancelled.Next());
        Assert.Throws<InvalidOperationException>(() => cancelled.Apply(new RunEvent.Cancelled()));

        var failed = cancelled.Apply(new RunEvent.Resumed()).Apply(new RunEvent.Failed("the disk is full"));
        Assert.Equal((RunStatus.Failed, "the disk is full"), (failed.Status, failed.Error));
        Assert.Equal(running.Next().GetType(), failed.Apply(new RunEvent.Resumed()).Next().GetType());

        var finished = RunState.Fold(TestRuns.Continue([.. stored, new RunEvent.Cancelled(), new RunEvent.Resumed()], Half));
        Assert.Equal(StopReason.MaxRounds, finished.StopReason);
        Assert.Throws<InvalidOperationException>(() => finished.Apply(new RunEvent.Resumed()));
    }

    [Fact]
    public void Apply_ImagesOfAnotherPool_AreRefused()
    {
        var beforeSampling = RunState.Fold(TestRuns.Drive(TestRuns.Plan(), Half).TakeWhile(e => e is not RunEvent.ImagesSampled));
        var sampled = Assert.IsType<RunEvent.ImagesSampled>(TestRuns.Answer(beforeSampling.Next(), Half));
        Assert.Throws<InvalidOperationException>(() => beforeSampling.Apply(sampled with { Anchors = [.. sampled.Anchors.Skip(1)] }));
        Assert.Throws<InvalidOperationException>(() => beforeSampling.Apply(sampled with { Anchors = [.. sampled.Anchors.Select(a => a with { Images = ["sha256:one"] })] }));
        Assert.IsType<NextStep.Score>(beforeSampling.Apply(sampled).Next());
    }

    [Fact]
    public void Fold_NoCreation_IsRefused()
    {
        Assert.Throws<InvalidOperationException>(() => RunState.Fold([]));
        Assert.Contains("first event", Assert.Throws<InvalidOperationException>(() => RunState.Fold([new RunEvent.Cancelled()])).Message, StringComparison.Ordinal);
    }
}
