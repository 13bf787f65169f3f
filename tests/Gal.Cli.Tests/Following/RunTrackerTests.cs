using Gal.Cli.Following;
using Gal.V1;
using Microsoft.Extensions.Time.Testing;

namespace Gal.Cli.Tests.Following;

public sealed class RunTrackerTests
{
    private readonly FakeTimeProvider _time = new();

    private RunTracker TrackerAfter(int eventCount, TimeSpan step = default)
    {
        var tracker = new RunTracker(RecordedRun.Settings, _time);
        foreach (var runEvent in RecordedRun.Events.Take(eventCount))
        {
            _time.Advance(step);
            tracker.Apply(runEvent);
        }
        return tracker;
    }

    [Fact]
    public void Apply_WholeRun_KeepsEveryRound()
    {
        var tracker = TrackerAfter(RecordedRun.Events.Count);

        Assert.Equal((JobState.Succeeded, StopReason.MaxRounds, 13L), (tracker.State, tracker.StopReason, tracker.LastSequenceNumber));
        Assert.Equal([1, 2], tracker.Rounds.Select(round => round.Number));
        Assert.Equal([1, 2, 0], tracker.Round(1).Ranking);
        Assert.Equal([0, 0.693147, 0.562335], tracker.Round(1).Anchors.Select(anchor => anchor.Uncertainty));
        Assert.Equal(0.25, tracker.Round(2).Evaluation.OverfitRate.Mean);
        Assert.Equal("PROMPT_TRUNCATED", Assert.Single(tracker.Warnings).Reason);
    }

    [Fact]
    public void Apply_EventsTwice_ChangesNothing()
    {
        var tracker = TrackerAfter(7);
        foreach (var runEvent in RecordedRun.Events.Take(7))
        {
            tracker.Apply(runEvent);
        }

        Assert.Equal(4, tracker.Round(1).Losses.Count);
        Assert.Single(tracker.Round(1).Samples);
    }

    [Theory]
    [InlineData(1, RunPhase.Waiting)]
    [InlineData(3, RunPhase.Training)]
    [InlineData(6, RunPhase.Evaluation)]
    [InlineData(8, RunPhase.Sampling)]
    [InlineData(9, RunPhase.Scoring)]
    [InlineData(12, RunPhase.Training)]
    [InlineData(17, RunPhase.Ended)]
    public void Phase_AfterEvents_IsWhatTheRunDoes(int eventCount, object phase) => Assert.Equal(phase, TrackerAfter(eventCount).Phase);

    [Fact]
    public void Left_HalfDone_IsAsLongAsTheStepsSeenSoFar()
    {
        // Reports at 1 and 2 of 4 steps, ten seconds apart: two steps are left.
        var phase = TrackerAfter(4, TimeSpan.FromSeconds(10)).Phases[^1];

        Assert.Equal(TimeSpan.FromSeconds(20), phase.Left);
        Assert.Equal(10, phase.SecondsPerUnit);
    }

    [Fact]
    public void Finish_NextPhaseBegins_StopsTheClock()
    {
        var tracker = TrackerAfter(6, TimeSpan.FromSeconds(10));
        _time.Advance(TimeSpan.FromMinutes(5));

        Assert.Equal(TimeSpan.FromSeconds(30), tracker.Phases[0].Elapsed);
        Assert.Null(tracker.Phases[0].Left);
    }
}
