using Gal.V1;

namespace Gal.Cli.Following;

/// <summary>Where a run stands, folded from its events. Knows nothing of how it is shown.</summary>
/// <param name="settings">The run's settings, with the coordinator's defaults filled in.</param>
/// <param name="time">Measures the phases.</param>
internal sealed class RunTracker(RunSettings settings, TimeProvider time)
{
    private readonly SortedDictionary<int, Round> _rounds = [];
    private readonly List<PhaseProgress> _phases = [];

    /// <summary>The run's settings.</summary>
    public RunSettings Settings { get; } = settings;

    /// <summary>The rounds so far, in order.</summary>
    public IReadOnlyCollection<Round> Rounds => _rounds.Values;

    /// <summary>The newest round's number; 0 before round 1.</summary>
    public int RoundNumber { get; private set; }

    /// <summary>R.</summary>
    public int RoundCount => Settings.ActiveLearning?.MaxRoundCount ?? 0;

    /// <summary>The phases of the current round, in order; the last one goes on.</summary>
    public IReadOnlyList<PhaseProgress> Phases => _phases;

    /// <summary>What the run is busy with.</summary>
    public RunPhase Phase => _phases.Count == 0 ? RunPhase.Waiting : _phases[^1].Phase;

    /// <summary>The last training report; null before the first.</summary>
    public TrainingProgress? Training { get; private set; }

    /// <summary>Where the run stands.</summary>
    public JobState State { get; private set; }

    /// <summary>Why it stopped.</summary>
    public StopReason StopReason { get; private set; }

    /// <summary>What a user should know.</summary>
    public IList<Warning> Warnings { get; } = [];

    /// <summary>Number of the last numbered event.</summary>
    public long LastSequenceNumber { get; private set; }

    /// <summary>The round that an event speaks of.</summary>
    public Round Round(int number) => _rounds.TryGetValue(number, out var round) ? round : _rounds[number] = new Round { Number = number };

    /// <summary>Takes an event in.</summary>
    public void Apply(RunEvent runEvent)
    {
        LastSequenceNumber = Math.Max(LastSequenceNumber, runEvent.SequenceNumber);
        switch (runEvent.EventCase)
        {
            case RunEvent.EventOneofCase.State:
                State = runEvent.State;
                if (State is JobState.Succeeded or JobState.Failed or JobState.Cancelled)
                {
                    Enter(RunPhase.Ended);
                }
                break;
            case RunEvent.EventOneofCase.Stopped:
                StopReason = runEvent.Stopped;
                break;
            case RunEvent.EventOneofCase.Warning:
                Warnings.Add(runEvent.Warning);
                break;
            case RunEvent.EventOneofCase.TrainingProgress:
                Training = runEvent.TrainingProgress;
                Enter(RunPhase.Training).Report(Training.Step, Training.StepCount, Training.QueuePosition);
                break;
            case RunEvent.EventOneofCase.SamplingProgress:
                ApplySampling(runEvent.SamplingProgress);
                break;
            case RunEvent.EventOneofCase.ClassImagesFinished:
                Enter(RunPhase.ClassImages).Finish();
                break;
            default:
                ApplyRound(runEvent);
                break;
        }
    }

    private void ApplySampling(RunSamplingProgress sampling)
    {
        var phase = sampling.Purpose switch
        {
            SamplingPurpose.ClassImages => RunPhase.ClassImages,
            SamplingPurpose.Evaluation => RunPhase.Evaluation,
            _ => RunPhase.Sampling,
        };
        // Denoising steps move more smoothly than finished images, which come by the batch.
        Enter(phase).Report(sampling.Progress.Step, sampling.Progress.StepCount, sampling.Progress.QueuePosition);
    }

    private void ApplyRound(RunEvent runEvent)
    {
        var round = Round(runEvent.RoundNumber);
        switch (runEvent.EventCase)
        {
            case RunEvent.EventOneofCase.RoundStarted:
                RoundNumber = runEvent.RoundNumber;
                Training = null;
                _phases.Clear();
                Enter(RunPhase.Training);
                Replace(round.Samples, runEvent.RoundStarted.Samples);
                break;
            case RunEvent.EventOneofCase.TrainingFinished:
                Enter(RunPhase.Training).Finish();
                round.Checkpoint = runEvent.TrainingFinished.Checkpoint;
                Replace(round.Losses, runEvent.TrainingFinished.Losses);
                break;
            case RunEvent.EventOneofCase.EvaluationFinished:
                Enter(RunPhase.Evaluation).Finish();
                round.Evaluation = runEvent.EvaluationFinished.Evaluation;
                break;
            case RunEvent.EventOneofCase.SamplingFinished:
                Enter(RunPhase.Sampling).Finish();
                Enter(RunPhase.Scoring);
                Replace(round.Anchors, runEvent.SamplingFinished.Anchors);
                break;
            case RunEvent.EventOneofCase.ScoringFinished:
                Replace(round.Anchors, runEvent.ScoringFinished.Anchors);
                Replace(round.Ranking, runEvent.ScoringFinished.Ranking);
                round.Openness = runEvent.ScoringFinished.Openness;
                break;
            case RunEvent.EventOneofCase.SelectionMade:
                Replace(round.Selections, runEvent.SelectionMade.Selections);
                break;
        }
    }

    // Comes back to the phase if it is the current one, else closes that and opens the new one.
    private PhaseProgress Enter(RunPhase phase)
    {
        if (Phase == phase)
        {
            return _phases[^1];
        }
        if (_phases.Count > 0)
        {
            _phases[^1].Finish();
        }
        var entered = new PhaseProgress(phase, time);
        _phases.Add(entered);
        return entered;
    }

    private static void Replace<T>(IList<T> target, IList<T> source)
    {
        target.Clear();
        foreach (var item in source)
        {
            target.Add(item);
        }
    }
}
