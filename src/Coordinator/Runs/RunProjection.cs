using Gal.Coordination.Events;
using Gal.V1;
using Google.Protobuf.WellKnownTypes;
using MethodEvent = Gal.ActiveLearning.Runs.RunEvent;
using RpcStatus = Google.Rpc.Status;

namespace Gal.Coordination.Runs;

/// <summary>The fold of a run's events into the contract's <see cref="Gal.V1.Run"/>, and each event in the contract's words on the way.</summary>
internal sealed class RunProjection(string id)
{
    /// <summary>The run after the events so far.</summary>
    public Run Run { get; } = new() { Name = NameOf(id) };

    /// <summary>The name of a run.</summary>
    public static string NameOf(string id) => $"runs/{id}";

    /// <summary>The run after some events.</summary>
    public static Run Of(string id, IEnumerable<RecordedEvent> events)
    {
        var projection = new RunProjection(id);
        foreach (var recorded in events)
        {
            projection.Apply(recorded);
        }

        return projection.Run;
    }

    /// <summary>Takes in one more event.</summary>
    /// <returns>What watchers hear; null for an event that is the coordinator's own affair.</returns>
    public RunEvent? Apply(RecordedEvent recorded)
    {
        Run.LastSequenceNumber = recorded.SequenceNumber;
        var told = recorded.Event switch
        {
            StoredEvent.RunCreated e => Create(e, recorded.Time),
            StoredEvent.PhaseChanged e => ChangePhase(e, recorded.Time),
            StoredEvent.DevicesSeen e => SeeDevices(e),
            StoredEvent.WarningRaised e => Warn(e),
            StoredEvent.MethodStep e => Follow(e.Event, e.Times, e.Extras),
            _ => null,
        };
        if (told is not null)
        {
            (told.SequenceNumber, told.EventTime) = (recorded.SequenceNumber, Timestamp.FromDateTimeOffset(recorded.Time));
            told.RoundNumber = told.RoundNumber == 0 ? Run.Rounds.Count : told.RoundNumber;
        }

        return told;
    }

    private RunEvent Create(StoredEvent.RunCreated e, DateTimeOffset time)
    {
        Run.Settings = e.Settings.Clone();
        Run.CreateTime = Timestamp.FromDateTimeOffset(time);
        return new() { State = Run.State = JobState.Queued };
    }

    private RunEvent ChangePhase(StoredEvent.PhaseChanged e, DateTimeOffset time)
    {
        var ended = e.Phase.IsEnd();
        Run.State = ToProto(e.Phase);
        Run.Error = e.Error is { } error ? ToProto(error) : null;
        Run.EndTime = ended ? Timestamp.FromDateTimeOffset(time) : null;
        Run.RecordDigest = ended ? Reporting.Records.RecordDigest.Of(Run) : "";
        return new() { State = Run.State };
    }

    private RunEvent? SeeDevices(StoredEvent.DevicesSeen e)
    {
        Run.Devices.AddRange(e.Devices.Select(d => new Device { Name = d.Name, Model = d.Model, InstructionSet = d.InstructionSet, MemoryBytes = d.MemoryBytes, ThreadCount = d.ThreadCount, Dtypes = { d.Dtypes } }));
        return null;
    }

    private RunEvent Warn(StoredEvent.WarningRaised e)
    {
        var warning = new Warning { Reason = e.Reason, Message = e.Message };
        Run.Warnings.Add(warning);
        return new() { Warning = warning.Clone(), RoundNumber = e.Round };
    }

    private RunEvent? Follow(MethodEvent step, IReadOnlyList<TimeSpent> times, TrainingExtras? extras)
    {
        var told = step switch
        {
            MethodEvent.ClassImagesMade e => AddClassImages(e),
            MethodEvent.RoundStarted e => StartRound(e),
            MethodEvent.TrainingFinished e => FinishTraining(e, extras),
            MethodEvent.EvaluationFinished e => FinishEvaluation(e),
            MethodEvent.ImagesSampled e => FinishSampling(e),
            MethodEvent.ImagesScored e => FinishScoring(e),
            MethodEvent.SelectionMade e => Select(e),
            MethodEvent.Stopped e => new RunEvent { Stopped = Run.StopReason = e.Reason.ToProto() },
            _ => null,
        };
        WorkTimes.Add(Run.WorkTimes, times);
        if (Run.Rounds.LastOrDefault() is { } round)
        {
            WorkTimes.Add(round.WorkTimes, times);
        }

        return told;
    }

    private RunEvent AddClassImages(MethodEvent.ClassImagesMade e)
    {
        Run.ClassImages.AddRange(e.Images.Select(ToImage));
        return new() { ClassImagesFinished = new ImageSet { Images = { Run.ClassImages.Clone() } } };
    }

    private RunEvent StartRound(MethodEvent.RoundStarted e)
    {
        var round = new Round { Number = e.Round };
        round.Samples.AddRange(e.Samples.Select(s => new RoundSample { Image = ToImage(s.Image), Prompt = s.Prompt, LossWeight = s.LossWeight, IsReference = s.IsReference }));
        Run.Rounds.Add(round);
        return new() { RoundStarted = round.Clone() };
    }

    private RunEvent FinishTraining(MethodEvent.TrainingFinished e, TrainingExtras? extras)
    {
        var round = Run.Rounds[e.Round - 1];
        round.Checkpoint = e.Checkpoint;
        round.Losses.AddRange(e.Losses);
        foreach (var (sample, useCount) in round.Samples.Zip(e.UseCounts))
        {
            sample.UseCount = useCount;
        }

        round.SavedWeights.AddRange(extras?.Weights.Select(made => new SavedWeights { Step = made.Step, Checkpoint = made.Artifacts[0] }) ?? []);
        round.SampleImages.AddRange(extras?.Images.Select(made => new SampleImages { Step = made.Step, Images = { made.Artifacts.Select(ToImage) } }) ?? []);
        return new()
        {
            TrainingFinished = new Round
            {
                Number = e.Round,
                Samples = { round.Samples.Clone() },
                Checkpoint = e.Checkpoint,
                Losses = { e.Losses },
                SavedWeights = { round.SavedWeights.Clone() },
                SampleImages = { round.SampleImages.Clone() },
            },
        };
    }

    private RunEvent FinishEvaluation(MethodEvent.EvaluationFinished e)
    {
        var round = Run.Rounds[e.Round - 1];
        round.Evaluation = MeasurementMapping.ToProto(e.Evaluation);
        return new() { EvaluationFinished = new Round { Number = e.Round, Evaluation = round.Evaluation.Clone() } };
    }

    private RunEvent FinishSampling(MethodEvent.ImagesSampled e)
    {
        var round = Run.Rounds[e.Round - 1];
        round.Anchors.AddRange(e.Anchors.Select(a => new AnchorResult { AnchorIndex = a.AnchorIndex, Images = { a.Images.Select(ToImage) } }));
        return new() { SamplingFinished = new Round { Number = e.Round, Anchors = { round.Anchors.Clone() } } };
    }

    private RunEvent FinishScoring(MethodEvent.ImagesScored e)
    {
        var round = Run.Rounds[e.Round - 1];
        foreach (var (anchor, judged) in round.Anchors.Zip(e.Judgement.Directions))
        {
            anchor.PromptSimilarities.AddRange(judged.Scores.PromptSimilarities);
            anchor.NonSoiSimilarities.AddRange(judged.Scores.NonSoiSimilarities);
            anchor.OverfitFlags.AddRange(judged.OverfitFlags);
            (anchor.OverfitCount, anchor.Uncertainty) = (judged.OverfitCount, judged.Uncertainty);
        }

        round.Openness = e.Judgement.Openness;
        round.Ranking.AddRange(e.Judgement.Ranking);
        return new() { ScoringFinished = new Round { Number = e.Round, Anchors = { round.Anchors.Clone() }, Openness = round.Openness, Ranking = { round.Ranking } } };
    }

    private RunEvent Select(MethodEvent.SelectionMade e)
    {
        var round = Run.Rounds[e.Round - 1];
        round.Selections.AddRange(e.Images.Select(s => new SelectedImage { AnchorIndex = s.AnchorIndex, ImageIndex = s.ImageIndex, Image = ImageOf(round, s.AnchorIndex, s.ImageIndex), LossWeight = s.LossWeight }));
        return new() { SelectionMade = new Round { Number = e.Round, Selections = { round.Selections.Clone() } } };
    }

    private static Image ImageOf(Round round, int anchorIndex, int imageIndex) => round.Anchors.Single(a => a.AnchorIndex == anchorIndex).Images[imageIndex].Clone();

    private static Image ToImage(string artifact) => new() { Artifact = artifact };

    private static RpcStatus ToProto(RunError error) => Gal.Hosting.Errors.RpcErrors.Status((Google.Rpc.Code)error.Code, error.Reason, error.Message);

    private static JobState ToProto(RunPhase phase) => phase switch
    {
        RunPhase.Queued => JobState.Queued,
        RunPhase.Running => JobState.Running,
        RunPhase.Succeeded => JobState.Succeeded,
        RunPhase.Failed => JobState.Failed,
        RunPhase.Cancelled => JobState.Cancelled,
        _ => throw new ArgumentOutOfRangeException(nameof(phase), phase, "There is no such phase."),
    };
}
