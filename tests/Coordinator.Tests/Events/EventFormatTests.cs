using Gal.ActiveLearning.Directions;
using Gal.ActiveLearning.Evaluation;
using Gal.ActiveLearning.Runs;
using Gal.Coordination.Events;
using Gal.Coordination.Runs;
using Gal.Coordination.Tests.Fakes;
using Gal.V1;
using MethodEvent = Gal.ActiveLearning.Runs.RunEvent;
using StopReason = Gal.ActiveLearning.Selection.StopReason;

namespace Gal.Coordination.Tests.Events;

public class EventFormatTests
{
    private static readonly TimeSpent[] Times = [new(WorkKind.Training, TimeSpan.FromMilliseconds(1234.5), 3)];

    public static TheoryData<string> Kinds => [.. All().Select(EventFormat.KindOf)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void WriteAndRead_EveryKind_GivesTheSameEvent(string kind)
    {
        var item = All().Single(e => EventFormat.KindOf(e) == kind);
        var json = EventFormat.Write(item);
        var read = EventFormat.Read(kind, EventFormat.Version, json);
        Assert.IsType(item.GetType(), read);
        Assert.Equal(json, EventFormat.Write(read));
    }

    [Fact]
    public void Kinds_CoverEveryEvent()
    {
        // Created, Cancelled, Failed and Resumed follow from the coordinator's own events and are not stored.
        var method = typeof(MethodEvent).GetNestedTypes().Select(t => t.Name).Except(["Created", "Cancelled", "Failed", "Resumed"]);
        var own = typeof(StoredEvent).GetNestedTypes().Select(t => t.Name).Except(["MethodStep"]);
        Assert.Equal(method.Concat(own).Order(), All().Select(EventFormat.KindOf).Order());
    }

    [Fact]
    public void Read_NaNAndTies_KeepEveryBit()
    {
        float[] similarities = [float.NaN, 0.1f, BitConverter.Int32BitsToSingle(0x3DCCCCCE)];
        var judgement = RoundJudgement.Of([new DirectionScores(0, similarities, [0.1f, 0.1f, 0.1f])], 0.005);
        var item = new StoredEvent.MethodStep(new MethodEvent.ImagesScored(1, judgement), []);
        var read = (StoredEvent.MethodStep)EventFormat.Read("ImagesScored", 1, EventFormat.Write(item));
        var direction = ((MethodEvent.ImagesScored)read.Event).Judgement.Directions[0];
        Assert.Equal(similarities.Select(BitConverter.SingleToInt32Bits), direction.Scores.PromptSimilarities.Select(BitConverter.SingleToInt32Bits));
        Assert.Equal([true, true, false], direction.OverfitFlags);
        Assert.Equal(2, direction.BestImageIndex);
        Assert.Equal(judgement.Openness, ((MethodEvent.ImagesScored)read.Event).Judgement.Openness);
    }

    [Theory]
    [InlineData("PhaseChanged", 2, "{}", "later one")]
    [InlineData("Prophecy", 1, "{}", "later one")]
    [InlineData("PhaseChanged", 1, "{\"phase\":", "damaged")]
    public void Read_LaterVersionOrDamage_SaysSo(string kind, int version, string json, string said)
    {
        var error = Assert.Throws<InvalidDataException>(() => EventFormat.Read(kind, version, json));
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<StoredEvent> All() =>
    [
        new StoredEvent.RunCreated(RunDefaults.Fill(Settings.Object())),
        new StoredEvent.PhaseChanged(RunPhase.Failed, new RunError(14, "UNAVAILABLE", "Nobody answers.")),
        new StoredEvent.CancelRequested(),
        new StoredEvent.DevicesSeen([new SeenDevice("cpu", "A processor", "avx512f", 1L << 35, 2, [Dtype.Float32, Dtype.Bfloat16])]),
        new StoredEvent.WarningRaised(2, "PROMPT_TRUNCATED", "Words \"<ö> 'x'\" are cut."),
        new StoredEvent.MethodStep(new MethodEvent.ClassImagesMade(["sha256:a"]), Times),
        new StoredEvent.MethodStep(new MethodEvent.RoundStarted(1, [new Gal.ActiveLearning.Runs.TrainingSample("sha256:a", "a cat", 1, true)]), []),
        new StoredEvent.MethodStep(new MethodEvent.TrainingFinished(1, "sha256:b", [0.1, 1e-300], [2, 1]), Times, new TrainingExtras([new StepArtifacts(10, ["sha256:w"])], [new StepArtifacts(5, ["sha256:x", "sha256:y"])])),
        new StoredEvent.MethodStep(new MethodEvent.EvaluationFinished(1, CheckpointEvaluation.Of([new EvaluatedImage(0, "sha256:c", 8888, 0.3f, 0.2f, 0.1f)], 0)), Times),
        new StoredEvent.MethodStep(new MethodEvent.ImagesSampled(1, [new AnchorImages(3, ["sha256:d", "sha256:e"])]), Times),
        new StoredEvent.MethodStep(new MethodEvent.ImagesScored(1, RoundJudgement.Of([new DirectionScores(3, [0.3f, 0.1f], [0.2f, 0.2f])], 0.005)), Times),
        new StoredEvent.MethodStep(new MethodEvent.SelectionMade(1, [new Gal.ActiveLearning.Selection.SelectedImage(3, 0, 0.0034)]), []),
        new StoredEvent.MethodStep(new MethodEvent.Stopped(StopReason.PoolExhausted), []),
    ];
}
