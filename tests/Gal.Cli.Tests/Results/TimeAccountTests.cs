using Gal.Cli.Results;
using Gal.ModelServing.Work;
using Gal.V1;
using Google.Protobuf.WellKnownTypes;

namespace Gal.Cli.Tests.Results;

public sealed class TimeAccountTests
{
    private static WorkTime Work(WorkKind kind, double seconds) => new() { Kind = kind, Duration = Duration.FromTimeSpan(TimeSpan.FromSeconds(seconds)) };

    [Fact]
    public void Lines_AllKinds_AddUpToTheWallTime()
    {
        WorkTime[] work = [Work(WorkKind.Training, 30), Work(WorkKind.Denoising, 50), Work(WorkKind.Denoising, 5), Work(WorkKind.Decoding, 5), Work(WorkKind.Scoring, 2), Work(WorkKind.Loading, 3)];

        var lines = Account(100, TimeAccount.Since(work, [])).Lines;

        Assert.Equal(["training", "denoising", "decoding", "scoring", "everything else"], lines.Select(line => line.Name));
        Assert.Equal([0.3, 0.55, 0.05, 0.02, 0.08], lines.Select(line => Math.Round(line.Share, 9)));
    }

    [Fact]
    public void Since_FollowedFromAMoment_LeavesOutWhatWasDoneBefore() =>
        Assert.Equal(TimeSpan.FromSeconds(6), TimeAccount.Since([Work(WorkKind.Training, 30)], [Work(WorkKind.Training, 24)])[WorkKind.Training]);

    [Fact]
    public void Tally_JobBegunInAnEarlierProcess_CountsWhatThisOneDoes()
    {
        using var tally = new WorkTally();
        var clock = new WorkClock(TimeProvider.System);

        // The tally counts what the whole process does: the tests beside this one do not train.
        clock.Add([Work(WorkKind.Training, 24)]);
        clock.Add(WorkKind.Training, TimeSpan.FromSeconds(6), 1);

        Assert.Equal(TimeSpan.FromSeconds(6), tally.Times[WorkKind.Training]);
    }

    [Fact]
    public void Peaks_RoundsToldAgain_AreNotCounted()
    {
        var memory = new MemoryByRound(2);
        foreach (var round in (int[])[1, 2, 3, 4])
        {
            memory.Enter(round);
        }

        Assert.Equal([2, 3, 4], memory.Peaks.Keys);
        Assert.All(memory.Peaks.Values, peak => Assert.InRange(peak, 1_000_000, long.MaxValue));
    }

    [Fact]
    public void ToRunAccount_ForTheReport_KeepsWallWorkAndMemory()
    {
        var account = (Account(100, TimeAccount.Since([Work(WorkKind.Denoising, 50), Work(WorkKind.Training, 30), Work(WorkKind.Denoising, 5)], [])) with
        {
            PeakMemoryByRound = new Dictionary<int, long> { [1] = 980_000_000, [2] = 1_070_000_000 },
        }).ToRunAccount();

        Assert.Equal(TimeSpan.FromSeconds(100), account.Wall);
        Assert.Equal([Work(WorkKind.Denoising, 55), Work(WorkKind.Training, 30)], account.Work.OrderByDescending(w => w.Duration.Seconds));
        Assert.Equal("peak resident memory 1.07 GB (by round: 0.98, 1.07)", account.Memory);
    }

    private static TimeAccount Account(double wallSeconds, IReadOnlyDictionary<WorkKind, TimeSpan> work) => new(TimeSpan.FromSeconds(wallSeconds), work, new Dictionary<int, long>());
}
