using Gal.Reporting.Records;
using Gal.V1;
using Google.Protobuf.WellKnownTypes;

namespace Gal.Reporting.Tests.Records;

public sealed class RunRecordTests
{
    [Fact]
    public void Parse_OwnJson_IsTheSameRecord()
    {
        var record = RunRecord.Of(EmojiRun.Load());
        Assert.Equal(record, RunRecord.Parse(record.ToJson()));
        Assert.Equal(4, record.Run.Rounds.Count);
        Assert.Equal(18, record.Run.Rounds[0].Anchors.Count);
        Assert.NotEmpty(record.About.Devices);
    }

    [Fact]
    public void Digest_OtherTimesNamesAndDevices_IsTheSame()
    {
        var (run, again) = (EmojiRun.Load(), EmojiRun.Load());
        again.Name = "runs/another";
        (again.CreateTime, again.EndTime) = (Timestamp.FromDateTimeOffset(DateTimeOffset.UnixEpoch), Timestamp.FromDateTimeOffset(DateTimeOffset.UnixEpoch.AddHours(1)));
        again.LastSequenceNumber = 99;
        again.Rounds[1].WorkTimes[0].Duration = Duration.FromTimeSpan(TimeSpan.FromHours(2));
        again.WorkTimes.Clear();
        again.Devices.Clear();
        again.Warnings.Add(new Warning { Message = "slow" });
        again.RecordDigest = RecordDigest.Of(run);
        Assert.Equal(RecordDigest.Of(run), RecordDigest.Of(again));
        Assert.Equal(64, RecordDigest.Of(run).Length);
    }

    public static TheoryData<string> Changes => ["loss", "score", "flag", "choice", "weight", "seed", "picture", "stop"];

    [Theory]
    [MemberData(nameof(Changes))]
    public void Digest_AnyResultChanged_Differs(string change)
    {
        var run = EmojiRun.Load();
        var before = RecordDigest.Of(run);
        var round = run.Rounds[1];
        switch (change)
        {
            case "loss": round.Losses[7] = Math.BitIncrement(round.Losses[7]); break;
            case "score": round.Anchors[2].PromptSimilarities[3] = MathF.BitIncrement(round.Anchors[2].PromptSimilarities[3]); break;
            case "flag": round.Anchors[2].OverfitFlags[3] ^= true; break;
            case "choice": round.Selections[0].ImageIndex += 1; break;
            case "weight": round.Samples[1].LossWeight = Math.BitIncrement(round.Samples[1].LossWeight); break;
            case "seed": run.Settings.Seed = 1; break;
            case "picture": round.Anchors[0].Images[0].Artifact = round.Anchors[0].Images[1].Artifact; break;
            default: run.StopReason = StopReason.PoolExhausted; break;
        }

        Assert.NotEqual(before, RecordDigest.Of(run));
    }

    [Fact]
    public void Parse_ChangedRecord_IsRefused()
    {
        var json = RunRecord.Of(EmojiRun.Load()).ToJson().Replace("\"anchorsPerRound\": 3", "\"anchorsPerRound\": 4", StringComparison.Ordinal);
        Assert.Contains("it was changed", Assert.Throws<FormatException>(() => RunRecord.Parse(json)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[1]")]
    [InlineData("{}")]
    [InlineData("{\"format\": \"gal.run-record.v9\", \"run\": {}, \"about\": {}}")]
    public void Parse_SomethingElse_IsRefused(string json) => Assert.Throws<FormatException>(() => RunRecord.Parse(json));

    [Fact]
    public void Of_Run_LeavesTheRunAsItIs()
    {
        var run = EmojiRun.Load();
        _ = RunRecord.Of(run);
        Assert.Equal(EmojiRun.Load(), run);
    }
}
